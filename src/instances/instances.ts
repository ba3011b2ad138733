import type { OwnedInstances } from '../accounts/owned-instances.ts';
import type { Connector } from '../connectors/define-connector.ts';
import type { InstanceRequest } from './instance-request.ts';
import { createInstanceStore, type InstanceStore } from './instance-store.ts';
import {
  changeInstance,
  createInstance,
  switchInstance,
  type InstanceChange,
  type Owner,
  type ProvisioningDeps,
} from './provisioning.ts';
import type { InstanceRecord } from './record.ts';
import { removeInstance, removeInstancesOf } from './removal.ts';

export type InstancesDeps = Omit<ProvisioningDeps, 'store'>;

/** Connected vendor accounts: reading and provisioning. */
export interface Instances extends InstanceStore, OwnedInstances {
  create(connector: Connector, owner: Owner, request: InstanceRequest): Promise<InstanceRecord>;
  change(record: InstanceRecord, change: InstanceChange): Promise<InstanceRecord>;
  switchTo(record: InstanceRecord, state: { disabled: boolean }): Promise<InstanceRecord>;
  remove(record: InstanceRecord): Promise<void>;
}

export function createInstances(instancesDeps: InstancesDeps): Instances {
  const store = createInstanceStore(instancesDeps);
  const deps = { ...instancesDeps, store };
  return {
    ...store,
    create: (connector, owner, request) => createInstance(deps, connector, owner, request),
    change: (record, change) => changeInstance(deps, record, change),
    switchTo: (record, state) => switchInstance(deps, record, state),
    remove: (record) => removeInstance(deps, record),
    removeAll: (owner) => removeInstancesOf(deps, owner),
  };
}
