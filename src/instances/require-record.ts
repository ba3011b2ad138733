import type { Caller } from '../accounts/caller.ts';
import { scopeOf } from '../accounts/permissions.ts';
import { Fault } from '../kernel/errors.ts';
import type { InstanceStore } from './instance-store.ts';
import type { InstanceRecord } from './record.ts';

/** @throws Fault `not_found` as well for an instance that is not the caller's. */
export async function requireRecord(
  store: Pick<InstanceStore, 'recordFor'>,
  caller: Caller,
  id: number,
): Promise<InstanceRecord> {
  const record = await store.recordFor(scopeOf(caller), id);
  if (record === undefined) throw new Fault('not_found', `There is no instance ${id}.`);
  return record;
}
