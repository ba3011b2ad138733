import { renewEncryptionCheck } from '../accounts/encryption-check.ts';
import { sealedInAccounts } from '../accounts/sealed-columns.ts';
import { sealedInElements } from '../elements/consents.ts';
import { sealedInInstances } from '../instances/sealed-columns.ts';
import { sealedInPolling } from '../polling/snapshots.ts';
import { startResealing } from '../vault/resealing.ts';
import { sealedInWebhooks } from '../webhooks/setup-secret.ts';
import type { Ground } from './rooms.ts';

/** All that is kept sealed; what clients hold (sign-in links, page tokens) is short-lived. */
export const SEALED_COLUMNS = [
  ...sealedInAccounts,
  ...sealedInElements,
  ...sealedInInstances,
  ...sealedInWebhooks,
  ...sealedInPolling,
];

/** Encrypts what is stored with the first key, when there are several. */
export function resealSecrets({ db, vault, log }: Pick<Ground, 'db' | 'vault' | 'log'>) {
  const finish = async (): Promise<void> => renewEncryptionCheck({ db, vault });
  return startResealing({ db, vault, log, columns: SEALED_COLUMNS, finish });
}
