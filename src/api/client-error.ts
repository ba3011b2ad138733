import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

/** What Node could not even read as a request (its `clientError` event): code → status line and text. */
const CLIENT_ERRORS: Record<string, { status: string; message: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'The request did not arrive in time.',
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'The request headers are too large.',
  },
};

const UNREADABLE = { status: '400 Bad Request', message: 'This is not a readable HTTP request.' };

/** Answers in the error form of the API and ends the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const { status, message } = CLIENT_ERRORS[error.code ?? ''] ?? UNREADABLE;
  const body = JSON.stringify({ requestId: randomUUID(), message });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
