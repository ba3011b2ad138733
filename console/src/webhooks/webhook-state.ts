import type { WebhookView } from '../../../src/webhooks/schema.ts';
import type { ToneName } from '../kernel/states.tsx';

/** How an instance's webhooks do, in a few words and a sentence. */
export function stateOf({ state, reason }: WebhookView): { tone: ToneName; label: string; hint: string } {
  switch (state) {
    case 'set_up':
      return reason === undefined
        ? { tone: 'good', label: 'Set up', hint: 'Tidings set them up and looks after them.' }
        : {
            tone: 'warn',
            label: 'In doubt',
            hint: 'They were set up; the last look at the vendor did not succeed.',
          };
    case 'failed':
      return { tone: 'bad', label: 'Not set up', hint: 'Setting them up did not succeed.' };
    case 'manual':
      return { tone: 'idle', label: 'By hand', hint: 'A person sets them up at the vendor, once.' };
    case 'off':
      return { tone: 'idle', label: 'Not used', hint: 'This instance is not told of changes by webhooks.' };
  }
}

const PROOFS: Record<WebhookView['proofs'][number], string> = {
  signature: 'a signature',
  basic: 'a user name and password',
  token: 'a token',
};

/** `a signature and a token`. */
export function proofWords(proofs: WebhookView['proofs']): string {
  return proofs.map((proof) => PROOFS[proof]).join(' and ');
}
