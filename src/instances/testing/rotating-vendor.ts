import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { oauth2, OAUTH2_ENTRIES } from '../../connectors/auth/oauth2.ts';
import { textOf } from '../../connectors/configuration-text.ts';
import { defineConnector, type Connector } from '../../connectors/define-connector.ts';
import { isJsonObject } from '../../kernel/json.ts';

export interface RotatingVendor {
  url: string;
  connector: Connector;
  /** Whether a refresh token can be used once only. */
  rotates: boolean;
  /** How long the token endpoint thinks. */
  tokenDelayMs: number;
  /** What the next requests to a path get in place of their answer. */
  instead: Map<string, { status: number; body: string; headers?: Record<string, string> }>;
  /** The forms the token endpoint got. */
  tokenForms: URLSearchParams[];
  revoked: string[];
  /** `Authorization` of every API request, with its path. */
  calls: string[];
  /** Makes the present access token unusable, as its end would. */
  expire(): void;
  /** Kills refresh token and access token. */
  disconnect(): void;
  /** The configuration of an instance of it. */
  configuration(): Record<string, string>;
  close(): Promise<void>;
}

/** A vendor with OAuth, single-use refresh tokens and nothing else, and its connector. */
export async function startRotatingVendor(): Promise<RotatingVendor> {
  let serial = 0;
  const valid = { access: '', refresh: '' };
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0]!;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const form = new URLSearchParams(text);
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (path === '/oauth/token') {
      vendor.tokenForms.push(form);
      await sleep(vendor.tokenDelayMs);
    }
    const other = vendor.instead.get(path);
    if (other !== undefined) response.writeHead(other.status, other.headers).end(other.body);
    else if (path === '/oauth/token') send(...exchange(form));
    else if (path === '/oauth/revoke') {
      vendor.revoked.push(form.get('token') ?? '');
      send(200, {});
    } else {
      vendor.calls.push(`${request.headers.authorization} ${path}`);
      if (request.headers.authorization !== `Bearer ${valid.access}`) send(401, { error: 'token expired' });
      else send(200, path === '/api/me' ? { id: 'tenant-1' } : { things: [1, 2, 3] });
    }
  };
  const exchange = (form: URLSearchParams): [number, object] => {
    const isCode = form.get('grant_type') === 'authorization_code';
    const isGood = isCode ? form.get('code') === 'good-code' : form.get('refresh_token') === valid.refresh;
    if (!isGood) return [400, { error: 'invalid_grant', error_description: 'Invalid Refresh Token' }];
    serial += 1;
    valid.access = `access-${serial}`;
    if (isCode || vendor.rotates) valid.refresh = `refresh-${serial}`;
    return [200, { access_token: valid.access, refresh_token: valid.refresh, expires_in: 3600 }];
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const vendor: RotatingVendor = {
    url,
    connector: rotatingConnector(),
    rotates: true,
    tokenDelayMs: 0,
    instead: new Map(),
    tokenForms: [],
    revoked: [],
    calls: [],
    expire: () => {
      valid.access = 'nothing';
    },
    disconnect: () => {
      valid.access = 'nothing';
      valid.refresh = 'nothing';
    },
    configuration: () => ({
      'base.url': `${url}/api`,
      'oauth.token.url': `${url}/oauth/token`,
      'oauth.api.key': 'app-key',
      'oauth.api.secret': 'app-secret',
      'oauth.callback.url': 'https://client.example/auth',
    }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return vendor;
}

function rotatingConnector(): Connector {
  return defineConnector({
    id: 900,
    key: 'rotating',
    name: 'Rotating',
    hub: 'crm',
    description: 'For tests.',
    authentication: [
      oauth2({
        authorizationUrl: 'https://login.rotating.example/oauth/authorize',
        tokenUrl: 'https://login.rotating.example/oauth/token',
        revokeUrl: 'https://login.rotating.example/oauth/revoke',
        clientAuth: 'body',
        rotates: true,
      }),
    ],
    configuration: OAUTH2_ENTRIES,
    apiOrigin: 'https://api.rotating.example',
    apiRootPaths: ['/v1'],
    trustedHostSuffixes: ['rotating.example'],
    identify: {
      request: () => ({ method: 'GET', path: '/me' }),
      read: ({ body }) => ({ id: (isJsonObject(body) ? textOf(body['id']) : undefined) ?? '', facts: {} }),
    },
    readFailure: ({ status, headers }) => {
      if (status === 401) return { kind: 'expired', why: 'token expired' };
      if (status === 418) return { kind: 'reauthorize', why: 'the account was closed' };
      if (status === 429) {
        return { kind: 'retry', why: 'slow down', afterMs: Number(headers['retry-after']) * 1000 };
      }
      if (status >= 500) return { kind: 'retry', why: `status ${status}` };
      return status >= 400 ? { kind: 'refused', why: `status ${status}`, status } : undefined;
    },
    budgets: [],
    resources: [],
    events: { methods: ['polling'], defaultMethod: 'polling', defaultPolled: [] },
  });
}
