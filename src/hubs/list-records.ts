import { compileCeql } from '../ceql/evaluate-ceql.ts';
import type { Ceql } from '../ceql/tree.ts';
import type { ConnectorContext, Resource } from '../connectors/define-connector.ts';
import { Fault } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import type { Vault } from '../vault/vault.ts';
import {
  checkPaging,
  checkQuery,
  DEFAULT_PAGE_SIZE,
  type CheckedQuery,
  type ListRequest,
} from './list-query.ts';
import {
  continuedQuery,
  openPageToken,
  rememberedQuery,
  sealPageToken,
  type Bookmark,
  type PageToken,
} from './page-token.ts';
import { readPages, type PagesOptions } from './read-pages.ts';

export interface ListedRecords {
  records: Json[];
  fields: string[];
  nextPageToken?: string;
  total?: number;
}

/** A client's request for a page, with its token opened. */
export interface OpenedRequest {
  /** Names instance and resource. */
  boundTo: string;
  query: PageToken['query'];
  checked: CheckedQuery;
  pageSize: number;
  page: number;
  bookmark: Bookmark | undefined;
}

/**
 * Reads everything a client said of the page it wants; a token wins over `page`.
 * @throws Fault `bad_request` that names what is unusable.
 */
export function openRequest(
  vault: Vault,
  boundTo: string,
  resource: Resource,
  request: ListRequest,
): OpenedRequest {
  const { page, pageSize } = checkPaging(request);
  const token = request.nextPage === undefined ? null : openPageToken(vault, boundTo, request.nextPage);
  const query = token === null ? rememberedQuery(request) : continuedQuery(request, token);
  return {
    boundTo,
    query,
    checked: checkQuery(query, resource.list),
    pageSize: pageSize ?? token?.pageSize ?? DEFAULT_PAGE_SIZE,
    page: token === null ? page : 1,
    bookmark: token?.bookmark,
  };
}

/**
 * One page of a client's list: what the vendor can filter it filters, the rest is evaluated here.
 * @throws Fault `bad_request` when the connector refuses the `where`.
 */
export async function listRecords(
  { vault, ask }: { vault: Vault; ask: PagesOptions['ask'] },
  resource: Resource,
  context: ConnectorContext,
  opened: OpenedRequest,
): Promise<ListedRecords> {
  const { checked, pageSize, page, boundTo, query } = opened;
  const { pushed, rest } = shareWhere(resource, context, checked.where);
  const skip = (page - 1) * pageSize;
  const start = (): Bookmark => ({
    position: resource.list.start(
      {
        pushed,
        fields: fieldsNeeded(checked, rest, resource),
        ...(checked.orderBy !== undefined && { orderBy: checked.orderBy }),
        pageSize:
          rest === null ? Math.min(skip + pageSize, resource.list.maxPageSize) : resource.list.maxPageSize,
        includeDeleted: checked.includeDeleted,
      },
      context,
    ),
  });
  const { records, next, total } = await readPages({
    ask,
    listing: resource.list,
    context,
    idField: resource.idField,
    matches: rest === null ? () => true : compileCeql(rest),
    from: opened.bookmark ?? start(),
    skip,
    take: pageSize,
  });
  return {
    records,
    fields: checked.fields,
    ...(next !== null && {
      nextPageToken: sealPageToken(vault, boundTo, { query, pageSize, bookmark: next }),
    }),
    ...(total !== undefined && rest === null && { total }),
  };
}

function shareWhere(
  resource: Resource,
  context: ConnectorContext,
  where: Ceql | null,
): { pushed: Json | null; rest: Ceql | null } {
  if (where === null) return { pushed: null, rest: null };
  const compiled = resource.compileWhere(where, context);
  if ('problem' in compiled) throw new Fault('bad_request', `where: ${compiled.problem}`);
  return compiled;
}

/** What the vendor must send for the client's fields, our part of the filter, and the id. Empty: everything. */
function fieldsNeeded(checked: CheckedQuery, rest: Ceql | null, resource: Resource): string[] {
  if (checked.fields.length === 0) return [];
  return [...new Set([...checked.fields, ...(rest === null ? [] : fieldsIn(rest)), resource.idField])];
}

function fieldsIn(tree: Ceql): string[] {
  return 'terms' in tree ? tree.terms.flatMap(fieldsIn) : [tree.field];
}
