import Type from 'typebox';
import type { App } from '../accounts/app.ts';
import { Fault } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import { readInstanceRequest } from './instance-request.ts';
import type { Instances } from './instances.ts';
import { presentEntries, presentEntry } from './present.ts';
import type { InstanceRecord } from './record.ts';
import { requireOwnRecord, requireRecord } from './require-record.ts';
import { EntryBody, EntryParams, EntryView, InstanceParams, OwnEntryParams } from './schema.ts';

const tags = ['instances'];

/** `/instances/{id}/configuration[/{configId}]`, and the same of the token's instance without its id. */
export function registerEntryRoutes(app: App, { instances }: { instances: Instances }): void {
  registerById(app, instances);
  registerByToken(app, instances);
}

function registerById(app: App, instances: Instances): void {
  app.get(
    '/instances/:id/configuration',
    {
      schema: {
        tags,
        summary: 'The configuration entries of an instance',
        params: InstanceParams,
        response: { 200: Type.Array(EntryView) },
      },
    },
    async (request) => presentEntries(await requireRecord(instances, request, request.params.id)),
  );
  app.get(
    '/instances/:id/configuration/:configId',
    {
      schema: { tags, summary: 'One configuration entry', params: EntryParams, response: { 200: EntryView } },
    },
    async (request) =>
      requireEntry(await requireRecord(instances, request, request.params.id), request.params.configId),
  );
  app.patch(
    '/instances/:id/configuration/:configId',
    {
      schema: {
        tags,
        summary: 'Change one configuration entry',
        params: EntryParams,
        body: EntryBody,
        response: { 200: EntryView },
      },
    },
    async (request) => {
      const { params, body } = request;
      const record = await requireRecord(instances, request, params.id);
      return changeEntry(instances, record, params.configId, body);
    },
  );
}

function registerByToken(app: App, instances: Instances): void {
  app.get(
    '/instances/configuration',
    {
      schema: {
        tags,
        summary: "The configuration entries of the token's instance",
        response: { 200: Type.Array(EntryView) },
      },
    },
    async (request) => presentEntries(await requireOwnRecord(instances, request)),
  );
  app.get(
    '/instances/configuration/:configId',
    {
      schema: {
        tags,
        summary: "One configuration entry of the token's instance",
        params: OwnEntryParams,
        response: { 200: EntryView },
      },
    },
    async (request) => requireEntry(await requireOwnRecord(instances, request), request.params.configId),
  );
  app.patch(
    '/instances/configuration/:configId',
    {
      schema: {
        tags,
        summary: "Change one configuration entry of the token's instance",
        params: OwnEntryParams,
        body: EntryBody,
        response: { 200: EntryView },
      },
    },
    async (request) => {
      const { params, body } = request;
      return changeEntry(instances, await requireOwnRecord(instances, request), params.configId, body);
    },
  );
}

function requireEntry(record: InstanceRecord, configId: number): EntryView {
  const key = requireKey(record, configId);
  return presentEntry(record, key)!;
}

function requireKey(record: InstanceRecord, configId: number): string {
  for (const [key, id] of record.entryIds) if (id === configId) return key;
  throw new Fault('not_found', `Instance ${record.instance.id} has no configuration entry ${configId}.`);
}

/** One entry changes as if the instance were patched with it. An unknown one that is emptied is gone. */
async function changeEntry(
  instances: Instances,
  record: InstanceRecord,
  configId: number,
  body: Type.Static<typeof EntryBody>,
): Promise<EntryView> {
  const key = requireKey(record, configId);
  if (body.propertyValue === undefined) {
    throw new Fault('bad_request', 'The request is not valid: missing propertyValue.');
  }
  const before = presentEntry(record, key)!;
  const request = readInstanceRequest({ configuration: { [key]: body.propertyValue as Json } });
  const changed = await instances.change(record, { request, mode: 'patch' });
  return presentEntry(changed, key) ?? Object.assign(before, { propertyValue: '' });
}
