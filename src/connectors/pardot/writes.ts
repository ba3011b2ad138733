import { Fault } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { ConnectorContext, Resource } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { dialectOf, versionOf } from './dialect.ts';
import { FACTS, ID_PATTERN, type Kind } from './kinds.ts';
import { fieldName } from './names.ts';
import { readRecord } from './records.ts';
import { legacyPath, v5FieldsOf, v5Path } from './requests.ts';
import { legacyForm, v5Body } from './write-body.ts';

/** What can be done to an object (Pardot, vendor facts of 2026-11, section 6). */
const OPERATIONS: Record<Kind, readonly ('create' | 'update' | 'remove')[]> = {
  prospect: ['create', 'update', 'remove'],
  opportunity: ['create', 'update', 'remove'],
  campaign: ['create', 'update'],
  list: ['create', 'update', 'remove'],
  visitorActivity: [],
};

/**
 * The write operations of an object: v5's own, or those of v3 and v4 where v5 has none, which take Salesforce's tokens
 * as well.
 */
export function writesOf(kind: Kind): Pick<Resource, 'create' | 'update' | 'remove'> {
  const can = OPERATIONS[kind];
  return {
    ...(can.includes('create') && {
      create: {
        request: (body, context) =>
          isV5(kind, context)
            ? v5Write('POST', v5Path(kind), kind, body, context)
            : legacyCreation(kind, body, context),
        read: (response) => readWritten(kind, response) ?? createdId(response),
      },
    }),
    ...(can.includes('update') && {
      update: {
        request: (id, body, context) =>
          isV5(kind, context)
            ? v5Write('PATCH', v5Path(kind, id), kind, body, context)
            : legacyWrite(kind, `update/id/${encodeURIComponent(id)}`, body, context),
        // Silent when the user may not read what was written.
        read: (response) => readWritten(kind, response) ?? { sameId: true },
      },
    }),
    ...(can.includes('remove') && {
      remove: {
        request: (id, context) => ({
          method: 'DELETE',
          path: isV5(kind, context)
            ? v5Path(kind, id)
            : legacyPath(kind, versionOf(context), `delete/id/${encodeURIComponent(id)}`),
          ...(!isV5(kind, context) && { query: { format: 'json' } }),
        }),
      },
    }),
  };
}

function isV5(kind: Kind, { configuration }: ConnectorContext): boolean {
  return dialectOf(configuration) === 'v5' && FACTS[kind].isWrittenInV5;
}

function v5Write(
  method: 'POST' | 'PATCH',
  path: string,
  kind: Kind,
  body: JsonObject,
  context: ConnectorContext,
): VendorRequest {
  return { method, path, query: { fields: v5FieldsOf(kind, context) }, json: v5Body(kind, body) };
}

function legacyWrite(
  kind: Kind,
  operation: string,
  body: JsonObject,
  context: ConnectorContext,
): VendorRequest {
  return {
    method: 'POST',
    path: legacyPath(kind, versionOf(context), operation),
    form: legacyForm(kind, body),
  };
}

/** v3 and v4 want the address of a prospect, and whose an opportunity is, in the path. */
function legacyCreation(kind: Kind, body: JsonObject, context: ConnectorContext): VendorRequest {
  const keys =
    kind === 'prospect' ? ['email'] : kind === 'opportunity' ? ['prospect_email', 'prospect_id'] : [];
  if (keys.length === 0) return legacyWrite(kind, 'create', body, context);
  const entries = Object.entries(body).map(
    ([name, value]) => [fieldName(kind, name), textOf(value)] as const,
  );
  const found = entries.find(([name, value]) => keys.includes(name) && value !== undefined);
  if (found === undefined) {
    throw new Fault('bad_request', `To create ${FACTS[kind].plural} Pardot needs ${keys.join(' or ')}.`);
  }
  const [key, value] = found;
  const { [key]: _, ...rest } = body;
  return legacyWrite(kind, `create/${key}/${encodeURIComponent(value ?? '')}`, rest, context);
}

function readWritten(kind: Kind, response: VendorResponse): { record: JsonObject } | undefined {
  return response.text === '' ? undefined : { record: readRecord(kind, response) };
}

/** A creation that shows nothing says in `Location` where it is. */
function createdId({ headers }: VendorResponse): { id: string } {
  const id = /\/(\d+)\/?$/.exec(headers['location'] ?? '')?.[1];
  if (id === undefined || !ID_PATTERN.test(id)) {
    throw new UnreadableAnswer('Pardot created a record without saying which');
  }
  return { id };
}
