import { call } from '../api/client.ts';

const CHANNEL = 'tidings-oauth';

/** What the consent page sent the browser back with. */
export interface ConsentAnswer {
  state: string;
  code?: string;
  error?: string;
}

/** Tells the form, in whatever window of this server it is. The opener itself is cut off by the vendor's pages. */
export function tellAnswer(answer: ConsentAnswer): void {
  const channel = new BroadcastChannel(CHANNEL);
  // A channel reaches this origin only; the rule means windows.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel.postMessage(answer);
  channel.close();
}

export interface ConsentRequest {
  elementKey: string;
  entries: Record<string, string>;
  signal: AbortSignal;
}

/**
 * Opens the vendor's consent page in a window of its own and waits for the code it sends back. Must be called from a
 * click, or the browser blocks the window. @throws Error with what to do; when aborted
 */
export async function askConsent({
  elementKey,
  entries,
  signal,
}: ConsentRequest): Promise<{ code: string; state: string }> {
  const popup = window.open('about:blank', 'tidings-oauth', 'popup,width=620,height=760');
  if (popup === null)
    throw new Error(
      'The browser blocked the window of the vendor. Allow pop-ups for this site and try again.',
    );
  const state = `${elementKey}.${crypto.randomUUID?.() ?? String(Math.random()).slice(2)}`;
  try {
    const url = await consentUrl(elementKey, entries, state);
    const answer = waitForAnswer(state, signal);
    popup.location.href = url;
    const { code, error } = await answer;
    if (code !== undefined) return { code, state };
    throw new Error(error ?? 'The vendor sent no code back.');
  } catch (error) {
    popup.close();
    throw error;
  }
}

async function consentUrl(
  elementKey: string,
  entries: Record<string, string>,
  state: string,
): Promise<string> {
  const riding = Object.fromEntries(
    Object.entries(entries).filter(
      ([key, value]) =>
        value !== '' && (key === 'base.url' || /^oauth\.(authorization|token)\.url$/.test(key)),
    ),
  );
  const { oauthUrl } = await call<{ oauthUrl: string }>('GET', `/elements/${elementKey}/oauth/url`, {
    query: {
      apiKey: entries['oauth.api.key'],
      apiSecret: entries['oauth.api.secret'],
      callbackUrl: entries['oauth.callback.url'],
      scope: entries['oauth.scope'] || undefined,
      state,
      ...riding,
    },
  });
  return oauthUrl;
}

function waitForAnswer(state: string, signal: AbortSignal): Promise<ConsentAnswer> {
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel(CHANNEL);
    signal.addEventListener('abort', () => {
      channel.close();
      reject(new Error('The sign-in was cancelled.'));
    });
    channel.addEventListener('message', ({ data }: MessageEvent<ConsentAnswer>) => {
      if (data.state !== state) return;
      channel.close();
      resolve(data);
    });
  });
}
