import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { describeBriefly, describeType } from './describe.ts';
import { ApiFailure } from './errors.ts';
import { api, param } from './guarded.ts';
import { toId18 } from './ids.ts';
import { findField } from './object-types.ts';
import type { ObjectType } from './object-types.ts';
import type { Org } from './org.ts';
import { presentRecord } from './records.ts';
import type { SObject } from './records.ts';
import { readValues } from './read-values.ts';
import { needPath } from './soql/compile-condition.ts';
import { isOutOfBin } from './store.ts';

/** `/sobjects`: descriptions and single records. */
export function sobjectRoutes(org: Org): Route[] {
  const { store } = org;
  return [
    api('GET', '/sobjects', (request) => ({
      status: 200,
      body: {
        encoding: 'UTF-8',
        maxBatchSize: 200,
        sobjects: store.types().map((type) => describeBriefly(type, param(request, 'version'))),
      },
    })),
    api('GET', '/sobjects/:object', (request) => {
      const type = needType(org, param(request, 'object'));
      const objectDescribe = describeBriefly(type, param(request, 'version'));
      return { status: 200, body: { objectDescribe, recentItems: [] } };
    }),
    api('GET', '/sobjects/:object/describe', (request) => {
      const type = needType(org, param(request, 'object'));
      return { status: 200, body: describeType(type, param(request, 'version')) };
    }),
    api('POST', '/sobjects/:object', (request) => {
      const type = needType(org, param(request, 'object'));
      return created(request, type, createRecord(org, type, readJson(request)));
    }),
    api('GET', '/sobjects/:object/:id', (request) => {
      const type = needType(org, param(request, 'object'));
      const record = needRecord(org, type, param(request, 'id'));
      const wanted = request.query.get('fields');
      const names = wanted
        ? wanted.split(',').map((name) => name.trim())
        : type.fields.map(({ name }) => name);
      const paths = [...new Set(['Id', ...names])].map((name) => needPath(store, type, name));
      return { status: 200, body: presentRecord(store, type, record, paths, param(request, 'version')) };
    }),
    api('PATCH', '/sobjects/:object/:id', (request) => {
      const type = needType(org, param(request, 'object'));
      updateRecord(org, type, param(request, 'id'), readJson(request));
      return { status: 204 };
    }),
    api('DELETE', '/sobjects/:object/:id', (request) => {
      const type = needType(org, param(request, 'object'));
      removeRecord(org, type, param(request, 'id'));
      return { status: 204 };
    }),
    api('PATCH', '/sobjects/:object/:field/:value', (request) => upsert(org, request)),
  ];
}

export function createRecord(org: Org, type: ObjectType, body: unknown): SObject {
  if (!type.createable) throw notAllowed(type, 'INSERT');
  const values = readValues(type, body, 'create');
  needLinks(org, type, values);
  return org.store.of(type.name).create(values);
}

export function updateRecord(org: Org, type: ObjectType, id: string, body: unknown): void {
  const record = needRecord(org, type, id);
  if (!type.updateable) throw notAllowed(type, 'UPDATE');
  const values = readValues(type, body, 'update');
  needLinks(org, type, values);
  org.store.of(type.name).update(record.id, values);
}

export function removeRecord(org: Org, type: ObjectType, id: string): void {
  const record = needRecord(org, type, id);
  if (!type.deletable) throw notAllowed(type, 'DELETE');
  org.store.of(type.name).remove(record.id);
}

function created(request: SimulatorRequest, type: ObjectType, { id }: SObject): SimulatorReply {
  const location = `/services/data/${param(request, 'version')}/sobjects/${type.name}/${id}`;
  return { status: 201, body: { id, success: true, errors: [] }, headers: { location } };
}

/** Creates, or updates the record whose external id has the value; two of them are a 300 with their addresses. */
function upsert(org: Org, request: SimulatorRequest): SimulatorReply {
  const type = needType(org, param(request, 'object'));
  const field = findField(type, param(request, 'field'));
  const value = param(request, 'value');
  if (!field || !(field.externalId || field.type === 'id')) throw notThere();
  if (field.type === 'id') {
    updateRecord(org, type, value, readJson(request));
    return { status: 204 };
  }
  const matching = org.store
    .of(type.name)
    .sorted()
    .filter((record) => record.deletedAt === null && record.fields[field.name] === value);
  const version = param(request, 'version');
  if (matching.length > 1) {
    const body = matching.map(({ id }) => `/services/data/${version}/sobjects/${type.name}/${id}`);
    return { status: 300, body };
  }
  const [known] = matching;
  if (known) {
    updateRecord(org, type, known.id, readJson(request));
    return { status: 200, body: { id: known.id, success: true, errors: [], created: false } };
  }
  const body = readJson(request);
  const record = createRecord(org, type, { ...(body as object), [field.name]: value });
  return { status: 201, body: { id: record.id, success: true, errors: [], created: true } };
}

export function needType(org: Org, name: string): ObjectType {
  const type = org.store.type(name);
  if (!type) throw notThere();
  return type;
}

/** A readable record; 15 characters of an id are enough. */
function needRecord(org: Org, type: ObjectType, id: string): SObject {
  const record = org.store.of(type.name).get(toId18(id));
  if (!record || isOutOfBin(record, org.clock.now())) {
    throw new ApiFailure(
      404,
      'NOT_FOUND',
      'Provided external ID field does not exist or is not accessible: ' + id,
    );
  }
  if (record.deletedAt !== null) throw new ApiFailure(404, 'ENTITY_IS_DELETED', 'entity is deleted');
  return record;
}

/** References must lead to a record of the right type. */
function needLinks(org: Org, type: ObjectType, values: Record<string, unknown>): void {
  for (const field of type.fields) {
    const id = values[field.name];
    const [target] = field.referenceTo;
    if (field.type !== 'reference' || typeof id !== 'string' || target === undefined) continue;
    const record = org.store.record(target, id);
    if (record && record.deletedAt === null) continue;
    throw new ApiFailure(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name]);
  }
}

const notThere = (): ApiFailure => new ApiFailure(404, 'NOT_FOUND', 'The requested resource does not exist');

const notAllowed = (type: ObjectType, verb: string): ApiFailure =>
  new ApiFailure(
    400,
    verb === 'DELETE' ? 'INSUFFICIENT_ACCESS_OR_READONLY' : 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    `entity type ${type.name} does not support ${verb.toLowerCase()}`,
  );
