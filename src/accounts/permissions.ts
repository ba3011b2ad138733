import { Fault } from '../kernel/errors.ts';
import type { AccountScope } from './account-queries.ts';
import type { Caller, Role } from './caller.ts';

/** The accounts a caller may see; those of others do not exist for it. */
export function scopeOf(caller: Caller): AccountScope {
  return {
    organizationId: caller.organizationId,
    accountId: caller.role === 'organization' ? null : caller.accountId,
  };
}

/** @throws Fault `forbidden` for a caller who does not manage the accounts of its organization. */
export function assertManagesOrganization(caller: Caller): void {
  if (caller.role !== 'organization') {
    throw new Fault('forbidden', 'Only an organization administrator may do this.');
  }
}

/** @throws Fault `forbidden` for a member, who only works with its account's instances. */
export function assertAdministers(caller: Caller): void {
  if (caller.role === 'member') throw new Fault('forbidden', 'Only an account administrator may do this.');
}

/**
 * An account administrator must not become more by giving away, or taking over, an organization administrator.
 * @throws Fault `forbidden`
 */
export function assertMayHandle(caller: Caller, role: Role): void {
  if (role === 'organization') assertManagesOrganization(caller);
}
