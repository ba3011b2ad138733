import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Position } from '../connectors/feed.ts';
import { Fault } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../kernel/json.ts';
import type { Vault } from '../vault/vault.ts';
import type { ListRequest } from './list-query.ts';

/** Where a list goes on: a vendor page, and how much of it the client has had. */
export interface Bookmark {
  position: Position;
  /** Records of the page that were dealt with, and the id of the last of them, should the page have shifted. */
  done?: { count: number; lastId: string };
}

/** What a page token remembers. It says the query itself, so that a client may send the token alone. */
export interface PageToken {
  query: Pick<ListRequest, (typeof REMEMBERED)[number]>;
  pageSize: number;
  bookmark: Bookmark;
}

const REMEMBERED = ['where', 'fields', 'orderBy', 'includeDeleted'] as const;

/** Longer ones are no tokens of ours: the longest query and position come to some 24 KB before compression. */
const MAX_TOKEN_LENGTH = 32_768;
const MAX_INFLATED_BYTES = 262_144;
const BASE64URL = /^[\w-]+$/;

/**
 * Seals a token: it holds a position at the vendor (paths, queries) that a client must neither read nor make up.
 * `boundTo` names instance and resource; no other list takes it.
 */
export function sealPageToken(vault: Vault, boundTo: string, token: PageToken): string {
  return vault.seal(deflateRawSync(JSON.stringify(token)), boundTo).toString('base64url');
}

/** @throws Fault `bad_request` for what is malformed, altered, or of another list. */
export function openPageToken(vault: Vault, boundTo: string, text: string): PageToken {
  const token = text.length <= MAX_TOKEN_LENGTH && BASE64URL.test(text) ? unseal(vault, boundTo, text) : null;
  if (!isJsonObject(token) || !isJsonObject(token['query']) || !isJsonObject(token['bookmark'])) {
    throw new Fault(
      'bad_request',
      'nextPage is not a token of this list: send what Elements-Next-Page-Token said, or begin without it.',
    );
  }
  return token as unknown as PageToken;
}

/**
 * The query of a list that goes on: what the token remembers.
 * @throws Fault `bad_request` when the request names another one.
 */
export function continuedQuery(request: ListRequest, token: PageToken): PageToken['query'] {
  const other = REMEMBERED.filter(
    (name) => request[name] !== undefined && request[name] !== token.query[name],
  );
  if (other.length > 0) {
    throw new Fault(
      'bad_request',
      `nextPage belongs to a list with another ${other.join(' and ')}: repeat the query as it was, or leave it out.`,
    );
  }
  return token.query;
}

/** The parts of a request that a token remembers. */
export function rememberedQuery(request: ListRequest): PageToken['query'] {
  const entries = REMEMBERED.map((name) => [name, request[name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as PageToken['query'];
}

/** Null for whatever cannot be opened: why is nothing a stranger should hear. */
function unseal(vault: Vault, boundTo: string, text: string): JsonObject | null {
  try {
    const sealed = vault.open(Buffer.from(text, 'base64url'), boundTo);
    return JSON.parse(
      inflateRawSync(sealed, { maxOutputLength: MAX_INFLATED_BYTES }).toString(),
    ) as JsonObject;
  } catch {
    return null;
  }
}
