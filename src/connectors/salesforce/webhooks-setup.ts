import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Piece, Present, SetupContext, WebhookSetup } from '../webhooks.ts';
import { apiRoot } from './api-version.ts';
import { apexHook, hookPrefix } from './apex/apex-hook.ts';
import { ID_PATTERN } from './ids.ts';

/** What can be made by the Tooling API, and the field that holds its name (Tooling API reference, read 2026-11). */
const NAME_FIELDS: { [kind: string]: string } = {
  RemoteProxy: 'SiteName',
  ApexClass: 'Name',
  ApexTrigger: 'Name',
};

const ORGANIZATION = 'SELECT IsSandbox,OrganizationType FROM Organization';

/**
 * Remote site, class, then a trigger per object; removed the other way round, because a class that is used cannot be
 * deleted. An active production org refuses all of it, so the org is asked first.
 */
export const salesforceSetup: WebhookSetup = {
  proof: 'signature',
  needsObjects: true,
  survey: (context) => {
    const root = apiRoot(context.configuration);
    return [
      { method: 'GET', path: `${root}/query`, query: { q: ORGANIZATION } },
      ...Object.entries(NAME_FIELDS).map(([kind, field]) => ({
        method: 'GET' as const,
        path: `${root}/tooling/query`,
        query: { q: `SELECT Id,${field} FROM ${kind} WHERE ${field} LIKE '${hookPrefix(context)}%'` },
      })),
    ];
  },
  plan: ([organization, ...found], context) => {
    const [org] = recordsOf(organization?.body);
    if (org === undefined) throw new UnreadableAnswer('Salesforce did not say what kind of org it is');
    if (org['IsSandbox'] !== true && org['OrganizationType'] !== 'Developer Edition') {
      return {
        manual: 'Salesforce takes Apex for a production org by a deployment only: deploy the package',
      };
    }
    const present = Object.entries(NAME_FIELDS).flatMap(([kind, field], at) =>
      recordsOf(found[at]?.body).map((record): Present => {
        const id = textOf(record['Id']) ?? '';
        return { kind, id, name: textOf(record[field]) ?? '', state: 'live' };
      }),
    );
    return { wanted: piecesOf(context), present };
  },
  create: (piece, context) => ({
    method: 'POST',
    path: `${apiRoot(context.configuration)}/tooling/sobjects/${piece.kind}`,
    json: piece['fields'] ?? {},
  }),
  readCreated: ({ body }, { kind, name }) => {
    const id = isJsonObject(body) && body['success'] === true ? textOf(body['id']) : undefined;
    if (id === undefined || !ID_PATTERN.test(id)) {
      throw new UnreadableAnswer(`Salesforce did not say which ${kind} it created`);
    }
    return { kind, id, name, state: 'live' };
  },
  remove: ({ kind, id }, context) => ({
    method: 'DELETE',
    path: `${apiRoot(context.configuration)}/tooling/sobjects/${kind}/${encodeURIComponent(id)}`,
    accept: [404],
  }),
};

/** Names carry a hash of the source: what is there under the name is what is wanted. */
function piecesOf(context: SetupContext): Piece[] {
  const hook = apexHook(context);
  const version = Number(/v(\d+\.\d)$/.exec(apiRoot(context.configuration))?.[1]);
  const active = { ApiVersion: version, Status: 'Active' };
  return [
    {
      kind: 'RemoteProxy',
      name: hook.remoteSite.name,
      fields: {
        FullName: hook.remoteSite.name,
        Metadata: {
          url: hook.remoteSite.origin,
          isActive: true,
          disableProtocolSecurity: hook.remoteSite.origin.startsWith('http:'),
          description: 'Where Tidings hears of changes.',
        },
      },
    },
    {
      kind: 'ApexClass',
      name: hook.className,
      fields: { Name: hook.className, Body: hook.classBody, ...active },
    },
    ...hook.triggers.map(({ name, object, body }) => ({
      kind: 'ApexTrigger',
      name,
      fields: { Name: name, TableEnumOrId: object, Body: body, ...active },
    })),
  ];
}

function recordsOf(body: Json | undefined): JsonObject[] {
  const records = isJsonObject(body) ? body['records'] : undefined;
  if (!Array.isArray(records)) throw new UnreadableAnswer('Salesforce did not answer a query with records');
  return records.filter(isJsonObject);
}
