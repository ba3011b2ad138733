import type { Method, Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { readJson } from '../core/route.ts';
import { failure, invalid } from './errors.ts';
import type { OwnerFields, Portal } from './portal.ts';
import { defineProperty, PROPERTY_TYPES } from './property-definitions.ts';
import type { PropertyDefinition, PropertyType } from './property-definitions.ts';
import { kindOf } from './records.ts';
import type { Session } from './session.ts';
import type { Stored } from '../core/store.ts';

/** Account details, owners and property definitions. */
export function routesAccount(session: Session): Route[] {
  const portalOf = (request: SimulatorRequest): Portal => session.callerOf(request).portal;
  const inBoth = (
    method: Method,
    paths: readonly string[],
    handle: (request: SimulatorRequest) => SimulatorReply,
  ): Route[] => paths.map((path) => ({ method, path, handle }));
  const properties = ['/crm/v3/properties/:type', '/crm/properties/2026-03/:type'];
  return [
    ...inBoth('GET', ['/account-info/v3/details', '/account-info/2026-03/details'], (request) => ({
      status: 200,
      body: presentAccount(portalOf(request)),
    })),
    ...inBoth('GET', ['/crm/v3/owners', '/crm/owners/2026-03'], (request) =>
      listOwners(portalOf(request), request.query),
    ),
    ...inBoth('GET', properties, (request) => {
      const kind = kindOf(request.params['type'] ?? '');
      if (!kind) return noSuchType(request);
      const definitions = [...portalOf(request).store.of(kind).properties.values()];
      const isArchived = request.query.get('archived') === 'true';
      return { status: 200, body: { results: isArchived ? [] : definitions.map(presentProperty) } };
    }),
    ...inBoth('POST', properties, (request) => {
      const kind = kindOf(request.params['type'] ?? '');
      if (!kind) return noSuchType(request);
      const definition = readDefinition(readJson(request));
      if (!definition) return invalid('A property needs a name, and a type the vendor knows');
      const store = portalOf(request).store.of(kind);
      if (store.properties.has(definition.name)) {
        return failure(409, 'CONFLICT', `A property named '${definition.name}' already exists.`);
      }
      store.addProperty(definition);
      return { status: 201, body: presentProperty(definition) };
    }),
  ];
}

const noSuchType = (request: SimulatorRequest): SimulatorReply =>
  invalid(`Unable to infer object type from: ${request.params['type']}`);

/** As recorded (vendor page, section 2). */
function presentAccount(portal: Portal): Record<string, unknown> {
  return {
    portalId: portal.portalId,
    accountType: 'STANDARD',
    timeZone: portal.timeZone,
    companyCurrency: 'USD',
    additionalCurrencies: [],
    utcOffset: '-05:00',
    utcOffsetMilliseconds: -18_000_000,
    uiDomain: 'app.hubspot.com',
    dataHostingLocation: 'na1',
  };
}

function listOwners(portal: Portal, query: URLSearchParams): SimulatorReply {
  const limit = Number(query.get('limit') ?? 100);
  const after = Number(query.get('after') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) return invalid('Invalid value for limit');
  const archived = query.get('archived') === 'true';
  const email = query.get('email');
  const found = portal.owners
    .sorted()
    .filter((one) => (one.deletedAt !== null) === archived && one.id > after)
    .filter((one) => email === null || one.fields.email === email);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    status: 200,
    body: { results: page.map(presentOwner), ...(last && { paging: { next: { after: String(last.id) } } }) },
  };
}

function presentOwner(owner: Stored<number, OwnerFields>): Record<string, unknown> {
  const { email, type, firstName, lastName, userId } = owner.fields;
  return {
    id: String(owner.id),
    email,
    type,
    firstName,
    lastName,
    userId,
    userIdIncludingInactive: userId,
    createdAt: new Date(owner.createdAt).toISOString(),
    updatedAt: new Date(owner.updatedAt).toISOString(),
    archived: owner.deletedAt !== null,
  };
}

function presentProperty(one: PropertyDefinition): Record<string, unknown> {
  return {
    name: one.name,
    label: one.label,
    type: one.type,
    fieldType: one.type === 'enumeration' ? 'select' : one.type === 'number' ? 'number' : 'text',
    description: '',
    groupName: one.groupName,
    options: one.options.map((value, index) => ({ label: value, value, displayOrder: index, hidden: false })),
    displayOrder: -1,
    calculated: one.calculated,
    externalOptions: false,
    hasUniqueValue: one.name === 'hs_object_id',
    hidden: false,
    hubspotDefined: one.hubspotDefined,
    modificationMetadata: {
      archivable: !one.hubspotDefined,
      readOnlyDefinition: one.hubspotDefined,
      readOnlyValue: one.readOnly,
    },
    formField: !one.readOnly,
    dataSensitivity: 'non_sensitive',
  };
}

function readDefinition(body: unknown): PropertyDefinition | undefined {
  const { name, type, label, groupName } = (body ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]*$/.test(name)) return undefined;
  if (!PROPERTY_TYPES.includes(type as PropertyType)) return undefined;
  return defineProperty(name, type as PropertyType, {
    hubspotDefined: false,
    ...(typeof label === 'string' && { label }),
    ...(typeof groupName === 'string' && { groupName }),
  });
}
