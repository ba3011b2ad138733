import type { OwnedInstances } from '../accounts/owned-instances.ts';
import type { Connector } from '../connectors/define-connector.ts';
import type { Attention } from './instance.ts';
import type { InstanceRequest } from './instance-request.ts';
import { createInstanceStore, type InstanceStore } from './instance-store.ts';
import {
  changeInstance,
  createInstance,
  type InstanceChange,
  type Owner,
  type ProvisioningDeps,
} from './provisioning.ts';
import { clearAttention, setAttention } from './queries.ts';
import type { InstanceRecord } from './record.ts';
import { removeInstance, removeInstancesOf } from './removal.ts';

export type InstancesDeps = Omit<ProvisioningDeps, 'store'>;

/** Connected vendor accounts: reading, provisioning, and what a person must do about them. */
export interface Instances extends InstanceStore, OwnedInstances {
  create(connector: Connector, owner: Owner, request: InstanceRequest): Promise<InstanceRecord>;
  change(record: InstanceRecord, change: InstanceChange): Promise<InstanceRecord>;
  remove(record: InstanceRecord): Promise<void>;
  /** Shows why a person is needed. The need to sign in again is not overwritten by another. */
  needAttention(id: number, kind: Attention['kind'], reason: string): Promise<void>;
  /** Takes it back, if it is still of that kind. */
  clearAttention(id: number, kind: Attention['kind']): Promise<void>;
}

export function createInstances(instancesDeps: InstancesDeps): Instances {
  const { db, clock } = instancesDeps;
  const store = createInstanceStore(instancesDeps);
  const deps = { ...instancesDeps, store };
  return {
    ...store,
    create: (connector, owner, request) => createInstance(deps, connector, owner, request),
    change: (record, change) => changeInstance(deps, record, change),
    remove: (record) => removeInstance(deps, record),
    removeAll: (owner) => removeInstancesOf(deps, owner),
    needAttention: (id, kind, reason) => setAttention(db, id, { kind, reason, at: clock.now() }),
    clearAttention: (id, kind) => clearAttention(db, id, kind),
  };
}
