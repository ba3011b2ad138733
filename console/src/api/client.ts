/** The path of the public URL, without a slash at its end; the server writes it into the page. */
export const BASE = document.querySelector<HTMLMetaElement>('meta[name="base"]')?.content ?? '';

const API = `${BASE}/elements/api-v2`;
/** How long a file to be downloaded is kept for the browser to read. */
const KEPT_MS = 60_000;

/** An answer that is no success, in the server's words. */
export class ApiError extends Error {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly providerMessage: string | undefined;

  constructor(status: number, body: { message?: string; requestId?: string; providerMessage?: string }) {
    super(body.message ?? `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.requestId = body.requestId;
    this.providerMessage = body.providerMessage;
  }

  /** The server has no such endpoint: it is older than the console, or was built without it. */
  get isUnavailable(): boolean {
    return (this.status === 404 && this.message.startsWith('There is nothing at')) || this.status === 501;
  }
}

export interface CallOptions {
  body?: unknown;
  query?: Record<string, string | number | boolean | undefined>;
  /** An instance's token, where an endpoint asks for it. */
  token?: string;
  signal?: AbortSignal | undefined;
}

export interface Page<T> {
  body: T;
  nextPage: string | undefined;
}

/** Asks the API as the signed-in user (the cookie says who). @throws ApiError */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  return (await callPage<T>(method, path, options)).body;
}

/** As `call`, with the token of the next page. @throws ApiError */
export async function callPage<T>(method: string, path: string, options: CallOptions = {}): Promise<Page<T>> {
  const answer = await send(method, `${API}${path}${queryText(options.query)}`, options);
  return {
    body: (await read(answer)) as T,
    nextPage: answer.headers.get('elements-next-page-token') ?? undefined,
  };
}

/** Asks what only the console asks (`/console/session`). @throws ApiError */
export async function callConsole<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await read(await send(method, `${BASE}/console${path}`, { body }))) as T;
}

/** Has the browser keep what `path` answers, under the name that the answer gives it. @throws ApiError */
export async function download(path: string): Promise<void> {
  const answer = await send('GET', `${API}${path}`, {});
  if (!answer.ok) {
    await read(answer);
    return;
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'download';
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after this.
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

export function streamUrl(path: string): string {
  return `${API}${path}`;
}

async function send(method: string, url: string, { body, token, signal }: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { 'x-tidings-console': '1' };
  if (token !== undefined) headers['authorization'] = `Element ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, { message: 'The server cannot be reached. Is it running, and are you online?' });
  }
}

async function read(answer: Response): Promise<unknown> {
  const text = await answer.text();
  const body: unknown = parse(text);
  if (!answer.ok) throw new ApiError(answer.status, typeof body === 'object' && body !== null ? body : {});
  return body;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryText(query: CallOptions['query']): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
