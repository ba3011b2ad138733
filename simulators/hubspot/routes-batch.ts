import type { Route, SimulatorReply } from '../core/route.ts';
import { invalid } from './errors.ts';
import { presentObject } from './present.ts';
import { SINGULARS } from './records.ts';
import { atObjects, BY_API, findObject, presentWritten } from './routes-objects.ts';
import type { ObjectCall } from './routes-objects.ts';
import type { Session } from './session.ts';
import { conflictOf, lackOf, readWrite } from './write-body.ts';
import type { WriteBody } from './write-body.ts';

const MOST_INPUTS = 100;

type Input = Record<string, unknown>;

/** Up to 100 records in one call. */
export function routesBatch(session: Session): Route[] {
  return [
    ...atObjects(session, 'POST', '/batch/read', readBatch),
    ...atObjects(session, 'POST', '/batch/create', createBatch),
    ...atObjects(session, 'POST', '/batch/update', updateBatch),
    ...atObjects(session, 'POST', '/batch/upsert', upsertBatch),
    ...atObjects(session, 'POST', '/batch/archive', archiveBatch),
  ];
}

function inputsOf(body: unknown): Input[] | SimulatorReply {
  const inputs = (body as Input | undefined)?.['inputs'];
  if (!Array.isArray(inputs))
    return invalid('Invalid input JSON: Some required fields were not set: [inputs]');
  if (inputs.length > MOST_INPUTS) {
    return invalid(
      `The maximum number of inputs supported in a batch request for objectTypeId is ${MOST_INPUTS}`,
    );
  }
  return inputs as Input[];
}

/** Missing ids are absent from the results and named in `errors` of a 207 (vendor page, section 3b). */
function readBatch({ request, store, body }: ObjectCall): SimulatorReply {
  const inputs = inputsOf(body);
  if (!Array.isArray(inputs)) return inputs;
  const given = body as { properties?: unknown; idProperty?: unknown };
  const properties = Array.isArray(given.properties) ? given.properties.map(String) : [];
  const idProperty = typeof given.idProperty === 'string' ? given.idProperty : null;
  const archived = request.query.get('archived') === 'true';
  const ids = [...new Set(inputs.map((input) => String(input['id'])))];
  const found = ids.map((id) => findObject(store, id, archived, idProperty));
  const missing = ids.filter((_id, index) => !found[index]);
  const results = found
    .filter((record) => record !== undefined)
    .map((record) => presentObject(store, record, { properties }));
  return multiStatus(timesAt(request.at), results, missing, SINGULARS[store.kind]);
}

const timesAt = (at: number): { startedAt: string; completedAt: string } => {
  const text = new Date(at).toISOString();
  return { startedAt: text, completedAt: text };
};

function multiStatus(
  times: { startedAt: string; completedAt: string },
  results: unknown[],
  missing: readonly string[],
  name: string,
): SimulatorReply {
  if (missing.length === 0) return { status: 200, body: { status: 'COMPLETE', results, ...times } };
  const message = `Could not get some ${name.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`;
  return {
    status: 207,
    body: {
      status: 'COMPLETE',
      results,
      numErrors: 1,
      errors: [{ status: 'error', category: 'OBJECT_NOT_FOUND', message, context: { ids: missing } }],
      ...times,
    },
  };
}

/** All or nothing: one bad input refuses the whole batch. */
function createBatch({ request, store, body }: ObjectCall): SimulatorReply {
  const inputs = inputsOf(body);
  if (!Array.isArray(inputs)) return inputs;
  const writes = inputs.map((input) => readWrite(store, input));
  for (const write of writes) {
    if ('refusal' in write) return write.refusal;
    const refusal = lackOf(store, write.properties) ?? conflictOf(store, write.properties);
    if (refusal) return refusal;
  }
  const results = (writes as WriteBody[]).map(({ properties }) =>
    presentWritten(store, store.create(properties, BY_API), properties),
  );
  return { status: 201, body: { status: 'COMPLETE', results, ...timesAt(request.at) } };
}

function updateBatch({ request, store, body }: ObjectCall): SimulatorReply {
  const inputs = inputsOf(body);
  if (!Array.isArray(inputs)) return inputs;
  const results: unknown[] = [];
  const missing: string[] = [];
  for (const input of inputs) {
    const { id, idProperty } = input;
    const found = findObject(store, String(id), false, typeof idProperty === 'string' ? idProperty : null);
    const write = readWrite(store, { properties: input['properties'] });
    if ('refusal' in write) return write.refusal;
    if (!found) missing.push(String(id));
    else
      results.push(presentWritten(store, store.update(found.id, write.properties, BY_API), write.properties));
  }
  return multiStatus(timesAt(request.at), results, missing, SINGULARS[store.kind]);
}

function upsertBatch({ request, store, body }: ObjectCall): SimulatorReply {
  const inputs = inputsOf(body);
  if (!Array.isArray(inputs)) return inputs;
  const results: unknown[] = [];
  for (const input of inputs) {
    const { id, idProperty } = input;
    if (typeof idProperty !== 'string') return invalid('An upsert needs an idProperty');
    const write = readWrite(store, { properties: input['properties'] });
    if ('refusal' in write) return write.refusal;
    const found = findObject(store, String(id), false, idProperty);
    const properties = { [idProperty]: String(id), ...write.properties };
    const record = found
      ? store.update(found.id, write.properties, BY_API)
      : store.create(properties, BY_API);
    results.push({ ...presentWritten(store, record, properties), new: !found });
  }
  return { status: 200, body: { status: 'COMPLETE', results, ...timesAt(request.at) } };
}

function archiveBatch({ store, body }: ObjectCall): SimulatorReply {
  const inputs = inputsOf(body);
  if (!Array.isArray(inputs)) return inputs;
  for (const { id } of inputs) {
    const found = findObject(store, String(id), false);
    if (found) store.remove(found.id, BY_API);
  }
  return { status: 204 };
}
