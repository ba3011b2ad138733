import type { FastifyRequest } from 'fastify';
import { scopeOf } from '../accounts/permissions.ts';
import { Fault } from '../kernel/errors.ts';
import type { InstanceStore } from './instance-store.ts';
import type { InstanceRecord } from './record.ts';
import { requireInstance } from './require-instance.ts';

/** @throws Fault `not_found` as well for an instance that is not the caller's. */
export async function requireRecord(
  store: Pick<InstanceStore, 'recordFor'>,
  { caller }: Pick<FastifyRequest, 'caller'>,
  id: number,
): Promise<InstanceRecord> {
  const record = await store.recordFor(scopeOf(caller), id);
  if (record === undefined) throw new Fault('not_found', `There is no instance ${id}.`);
  return record;
}

/** The record of the request's Element token; a disabled instance can still be managed. @throws as `requireInstance`. */
export async function requireOwnRecord(
  store: Pick<InstanceStore, 'byToken' | 'recordFor'>,
  request: Pick<FastifyRequest, 'caller' | 'elementToken'>,
): Promise<InstanceRecord> {
  const { id } = await requireInstance(store, request, { acceptDisabled: true });
  return requireRecord(store, request, id);
}
