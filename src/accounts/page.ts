import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { Fault } from '../kernel/errors.ts';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 2000;

/** The query parameters of every list that is ordered by id. */
export const PAGE_QUERY = {
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE, description: 'Default 100.' })),
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'From 1.' })),
  nextPage: Type.Optional(
    Type.String({ maxLength: 100, description: 'The Elements-Next-Page-Token of the page before.' }),
  ),
};

export interface PageQuery {
  pageSize?: number;
  page?: number;
  nextPage?: string;
}

/** What a statement needs: rows after this id, leaving out `skip`, one more than the page so that its end shows. */
export interface PageBounds {
  afterId: number;
  skip: number;
  limit: number;
}

/** @throws Fault `bad_request` for a token that is none of ours. */
export function readPage({ pageSize = DEFAULT_SIZE, page = 1, nextPage }: PageQuery): PageBounds {
  const limit = pageSize + 1;
  if (nextPage === undefined) return { afterId: 0, skip: (page - 1) * pageSize, limit };
  const text = Buffer.from(nextPage, 'base64url').toString('latin1');
  if (!/^after:\d{1,15}$/.test(text)) {
    throw new Fault(
      'bad_request',
      'nextPage must be the Elements-Next-Page-Token of an earlier answer, unchanged.',
    );
  }
  return { afterId: Number(text.slice('after:'.length)), skip: 0, limit };
}

/** Cuts the one row too many off and tells the client by headers what it got and how to go on. */
export function answerPage<Row extends { id: number }>(
  reply: FastifyReply,
  rows: readonly Row[],
  { limit }: PageBounds,
): Row[] {
  const page = rows.slice(0, limit - 1);
  reply.header('elements-returned-count', page.length);
  const last = page.at(-1);
  if (rows.length === limit && last !== undefined) {
    reply.header('elements-next-page-token', Buffer.from(`after:${last.id}`).toString('base64url'));
  }
  return page;
}
