import type { Connector, ConnectorContext, Resource } from '../connectors/define-connector.ts';
import type { VendorRequest } from '../connectors/vendor-http.ts';
import type { Instance } from '../instances/instance.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Vault } from '../vault/vault.ts';
import { createContexts, type Contexts } from './contexts.ts';
import { listRecords, openRequest } from './list-records.ts';
import { readFields, type ListRequest } from './list-query.ts';
import { dropsNulls, onlyFields, withoutNulls } from './present.ts';
import { checkId, namesOf, operationOf, resourceOf } from './resources.ts';
import { readRecord, recordWritten } from './single-records.ts';
import type { VendorCalls } from './vendor-calls.ts';
import { vendorFault } from './vendor-fault.ts';

export interface HubsDeps {
  vendor: VendorCalls;
  /** Seals page tokens. */
  vault: Vault;
  clock: Clock;
  connectors: readonly Connector[];
}

export interface RecordPage {
  records: Json[];
  /** Absent: the list ends here. */
  nextPageToken?: string;
  /** When the vendor says it. */
  total?: number;
}

/**
 * The resource API over an instance's vendor. `name` is a resource's name in any spelling. What fails is thrown as
 * a Fault that a client may read, with what the vendor said as `providerMessage`; a disabled instance is `forbidden`.
 */
export interface Hubs {
  /** What the connector's functions need to know; for polling, which reads feeds itself. Throws as the vendor call does. */
  context: (instance: Instance, resource: Resource) => Promise<ConnectorContext>;
  /** Drops what is known of the vendor's fields after it refused one. */
  forget: (instance: Instance, resource: Resource) => void;
  list(instance: Instance, name: string, request: ListRequest): Promise<RecordPage>;
  get(instance: Instance, name: string, id: string, fields?: string): Promise<Json>;
  create(instance: Instance, name: string, body: JsonObject): Promise<Json>;
  update(instance: Instance, name: string, id: string, body: JsonObject): Promise<Json>;
  remove(instance: Instance, name: string, id: string): Promise<void>;
  /** Asks the vendor whether it takes the credentials. */
  ping(instance: Instance): Promise<{ endpoint: string; valid: true }>;
  /** Names of the resources. */
  objects(instance: Instance): string[];
}

export function createHubs(deps: HubsDeps): Hubs {
  const { vendor } = deps;
  const contexts = createContexts(deps);
  return {
    context: contexts.of,
    forget: contexts.forget,
    ...listing(deps, contexts),
    ...singleRecords(deps, contexts),

    ping: async (instance) => {
      const { identify } = connectorOf(deps, instance);
      try {
        identify.read(await vendor.call(instance, identify.request(instance.configuration)));
      } catch (error) {
        throw vendorFault(error, deps.clock);
      }
      return { endpoint: instance.elementKey, valid: true };
    },

    objects: (instance) => namesOf(connectorOf(deps, instance)),
  };
}

function listing(deps: HubsDeps, contexts: Contexts): Pick<Hubs, 'list'> {
  const { vendor, vault } = deps;
  return {
    list: async (instance, name, request) => {
      const resource = resourceOf(connectorOf(deps, instance), name);
      const opened = openRequest(vault, `hub-page:${instance.id}:${resource.name}`, resource, request);
      return serve(deps, contexts, instance, resource, async (context) => {
        const ask = async (query: VendorRequest) => vendor.call(instance, query);
        const { records, fields, ...more } = await listRecords({ vault, ask }, resource, context, opened);
        return { ...more, records: records.map((record) => onlyFields(present(instance, record), fields)) };
      });
    },
  };
}

function singleRecords(
  deps: HubsDeps,
  contexts: Contexts,
): Pick<Hubs, 'get' | 'create' | 'update' | 'remove'> {
  const { vendor } = deps;
  return {
    get: async (instance, name, id, fields = '') => {
      const resource = resourceOf(connectorOf(deps, instance), name);
      checkId(resource, id);
      const wanted = readFields(fields);
      const needed = wanted.length === 0 ? [] : [...new Set([...wanted, resource.idField])];
      return serve(deps, contexts, instance, resource, async (context) => {
        const record = await readRecord({ vendor, instance, resource, context }, id, needed);
        return onlyFields(present(instance, record), wanted);
      });
    },

    create: async (instance, name, body) => {
      const connector = connectorOf(deps, instance);
      const resource = resourceOf(connector, name);
      const create = operationOf(connector, resource, 'create');
      return serve(deps, contexts, instance, resource, async (context) => {
        const response = await vendor.call(instance, create.request(body, context));
        const one = { vendor, instance, resource, context };
        return present(instance, await recordWritten(one, create, response, null));
      });
    },

    update: async (instance, name, id, body) => {
      const connector = connectorOf(deps, instance);
      const resource = resourceOf(connector, name);
      const update = operationOf(connector, resource, 'update');
      checkId(resource, id);
      return serve(deps, contexts, instance, resource, async (context) => {
        const response = await vendor.call(instance, update.request(id, body, context));
        const one = { vendor, instance, resource, context };
        return present(instance, await recordWritten(one, update, response, id));
      });
    },

    remove: async (instance, name, id) => {
      const connector = connectorOf(deps, instance);
      const resource = resourceOf(connector, name);
      const remove = operationOf(connector, resource, 'remove');
      checkId(resource, id);
      await serve(deps, contexts, instance, resource, async (context) =>
        vendor.call(instance, remove.request(id, context)),
      );
    },
  };
}

function connectorOf({ connectors }: HubsDeps, instance: Instance): Connector {
  if (instance.disabled) throw new Fault('forbidden', 'The instance is disabled.');
  const connector = connectors.find(({ key }) => key === instance.elementKey);
  if (connector === undefined) throw new Fault('not_found', `There is no element ${instance.elementKey}.`);
  return connector;
}

/** Runs a call of a client's with the vendor's failures turned to faults. */
async function serve<T>(
  { clock }: HubsDeps,
  contexts: Contexts,
  instance: Instance,
  resource: Resource,
  work: (context: ConnectorContext) => Promise<T>,
): Promise<T> {
  try {
    return await contexts.within(instance, resource, work);
  } catch (error) {
    throw vendorFault(error, clock);
  }
}

function present(instance: Instance, record: Json): Json {
  return dropsNulls(instance.configuration) ? withoutNulls(record) : record;
}
