import { request as httpRequest } from 'node:http';
import type { Agent } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface PostOptions {
  url: string;
  body: string;
  headers?: Record<string, string>;
  /** Of real time, for the whole exchange. */
  timeoutMs: number;
  method?: string;
  agent?: Agent;
  signal?: AbortSignal;
}

export type PostResult =
  | { kind: 'answered'; status: number; headers: Record<string, string | string[] | undefined>; body: string }
  | { kind: 'failed'; error: string };

// Vendors look at the status (and Keap at one header); what else a receiver sends is read this far.
const LONGEST_ANSWER_CHARS = 64 * 1024;

/** One outgoing call as a vendor makes it: no redirects followed, never throws. */
export function post(options: PostOptions): Promise<PostResult> {
  const { url, body, headers = {}, timeoutMs, method = 'POST', agent, signal } = options;
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ kind: 'failed', error: error.message });
    try {
      const send = url.startsWith('https:') ? httpsRequest : httpRequest;
      const outgoing = send(
        url,
        {
          method,
          headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
          ...(agent && !url.startsWith('https:') ? { agent } : {}),
          ...(signal ? { signal } : {}),
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            if (text.length < LONGEST_ANSWER_CHARS) text += chunk;
          });
          response.on('error', fail);
          response.on('end', () => {
            clearTimeout(timer);
            resolve({
              kind: 'answered',
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: text,
            });
          });
        },
      );
      const timer = setTimeout(
        () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        fail(error);
      });
      outgoing.end(body);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
