import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply } from '../core/route.ts';
import { readClassName, readTrigger, usesClass } from './apex.ts';
import { ApiFailure } from './errors.ts';
import { api, param } from './guarded.ts';
import { toId18 } from './ids.ts';
import type { ObjectType } from './object-types.ts';
import type { Org } from './org.ts';
import { presentRecord } from './records.ts';
import type { SObject, Values } from './records.ts';
import { readValues } from './read-values.ts';
import { runSoql } from './soql/run-soql.ts';

/** `/tooling`: Apex classes, triggers and remote sites of orgs that are not in production. */
export function toolingRoutes(org: Org): Route[] {
  const { tooling } = org;
  const present = (type: ObjectType, record: SObject, version: string): unknown =>
    presentRecord(
      tooling,
      type,
      record,
      type.fields.map((field) => ({ steps: [], field })),
      `${version}/tooling`,
    );
  return [
    api('GET', '/tooling/query', (request) => {
      const { type, paths, rows } = runSoql(tooling, request.query.get('q') ?? '', false, org.clock.now());
      const version = `${param(request, 'version')}/tooling`;
      const records = rows.map((record) => presentRecord(tooling, type, record, paths, version));
      return { status: 200, body: { size: rows.length, totalSize: rows.length, done: true, records } };
    }),
    api('POST', '/tooling/sobjects/:object', (request) => {
      const type = needType(org, param(request, 'object'));
      return create(org, type, readJson(request));
    }),
    api('GET', '/tooling/sobjects/:object/:id', (request) => {
      const type = needType(org, param(request, 'object'));
      const record = needRecord(org, type, param(request, 'id'));
      return { status: 200, body: present(type, record, param(request, 'version')) };
    }),
    api('DELETE', '/tooling/sobjects/:object/:id', (request) => {
      const type = needType(org, param(request, 'object'));
      const record = needRecord(org, type, param(request, 'id'));
      refuseInProduction(org, type);
      needUnused(org, type, record);
      tooling.of(type.name).purge(record.id);
      return { status: 204 };
    }),
  ];
}

function create(org: Org, type: ObjectType, body: unknown): SimulatorReply {
  const values = readValues(type, type.name === 'RemoteProxy' ? siteValues(body) : body, 'create');
  refuseInProduction(org, type);
  const nameField = type.name === 'RemoteProxy' ? 'SiteName' : 'Name';
  const isTaken = org.tooling
    .of(type.name)
    .sorted()
    .some((record) => record.fields[nameField] === values[nameField]);
  if (isTaken) {
    const code = type.name === 'RemoteProxy' ? 'DUPLICATE_DEVELOPER_NAME' : 'DUPLICATE_VALUE';
    throw new ApiFailure(400, code, `duplicate value found: ${nameField} duplicates value on record`);
  }
  if (type.name === 'ApexClass') compileClass(values);
  if (type.name === 'ApexTrigger') compileTrigger(org, values);
  const { id } = org.tooling.of(type.name).create({ IsActive: true, Status: 'Active', ...values });
  return { status: 201, body: { id, success: true, errors: [], warnings: [], infos: [] } };
}

/** `{FullName, Metadata: {url, isActive, …}}` as the fields a query shows. */
function siteValues(body: unknown): Values {
  const { FullName, Metadata } = (body ?? {}) as { FullName?: unknown; Metadata?: Record<string, unknown> };
  return {
    SiteName: FullName ?? null,
    EndpointUrl: Metadata?.['url'] ?? null,
    IsActive: Metadata?.['isActive'] === true,
    Description: Metadata?.['description'] ?? null,
  };
}

/** The code of the error is not documented; the sentence is the vendor page's (2026-11). Remote sites are no code. */
function refuseInProduction(org: Org, type: ObjectType): void {
  if (!org.isProduction || type.name === 'RemoteProxy') return;
  const message = `${type.label} cannot be changed: this is not supported in active organizations`;
  throw new ApiFailure(400, 'INVALID_OPERATION', message);
}

function compileClass(values: Values): void {
  if (readClassName(String(values['Body'])) !== values['Name']) {
    throw notCompiled(`line 1, column 1: the body declares no class ${String(values['Name'])}`);
  }
}

function compileTrigger(org: Org, values: Values): void {
  const body = String(values['Body']);
  const trigger = readTrigger(body);
  if (!trigger || trigger.name !== values['Name']) throw notCompiled("line 1, column 1: expecting 'trigger'");
  const type = org.store.type(trigger.object);
  if (!type?.triggerable || trigger.object !== values['TableEnumOrId']) {
    throw notCompiled(`line 1, column 1: SObject type does not allow triggers: ${trigger.object}`);
  }
  const classes = org.tooling.of('ApexClass').sorted();
  if (!classes.some(({ fields }) => usesClass(body, String(fields['Name'])))) {
    throw notCompiled('line 2, column 3: Variable does not exist');
  }
}

function needUnused(org: Org, type: ObjectType, { fields }: SObject): void {
  if (type.name !== 'ApexClass') return;
  const triggers = org.tooling.of('ApexTrigger').sorted();
  const isUsed = triggers.some((trigger) =>
    usesClass(String(trigger.fields['Body']), String(fields['Name'])),
  );
  if (!isUsed) return;
  throw new ApiFailure(
    400,
    'DEPENDENCY_EXISTS',
    'This apex class is referenced elsewhere in salesforce.com. Remove the usage and try again.',
  );
}

const notCompiled = (message: string): ApiFailure =>
  new ApiFailure(400, 'INVALID_FIELD_FOR_INSERT_UPDATE', message);

function needType(org: Org, name: string): ObjectType {
  const type = org.tooling.type(name);
  if (!type) throw new ApiFailure(404, 'NOT_FOUND', 'The requested resource does not exist');
  return type;
}

function needRecord(org: Org, type: ObjectType, id: string): SObject {
  const record = org.tooling.of(type.name).get(toId18(id));
  if (!record) throw new ApiFailure(404, 'NOT_FOUND', `Provided external ID field does not exist: ${id}`);
  return record;
}
