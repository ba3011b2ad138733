import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { EpochMs } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { configurationText } from '../configuration-text.ts';
import { assertionAudience } from './login-origin.ts';

export const JWT_USERNAME = 'oauth.jwt.username';
export const JWT_PRIVATE_KEY = 'oauth.jwt.private.key';

/** Salesforce takes up to three minutes ("OAuth 2.0 JWT Bearer Flow", read 2026-11); less, for a clock that is ahead. */
const LIFETIME_S = 120;

/** The signed assertion (RFC 7523, RS256); undefined without a usable key. */
export function assertionOf(configuration: JsonObject, now: EpochMs): string | undefined {
  const key = readKey(configuration);
  if (key === undefined) return undefined;
  const claims = {
    iss: configurationText(configuration, 'oauth.api.key') ?? '',
    sub: configurationText(configuration, JWT_USERNAME) ?? '',
    aud: assertionAudience(configuration),
    exp: Math.floor(now / 1000) + LIFETIME_S,
  };
  const text = [{ alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** Why nothing could be signed; undefined when it could. */
export function keyProblem(configuration: JsonObject): string | undefined {
  if (readKey(configuration) !== undefined) return undefined;
  return `${JWT_PRIVATE_KEY} is no RSA private key: paste the PEM file that belongs to the app's certificate`;
}

function readKey(configuration: JsonObject): KeyObject | undefined {
  try {
    const key = createPrivateKey(toPem(configurationText(configuration, JWT_PRIVATE_KEY) ?? ''));
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A key as people paste it: line breaks may have become `\n`, blanks or nothing. */
function toPem(text: string): string {
  const [, label, body] =
    /-----BEGIN ([A-Z ]+)-----([\s\S]+?)-----END/.exec(text.replaceAll('\\n', '\n')) ?? [];
  if (label === undefined || body === undefined) return text;
  const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
