/** What `main` passes in of the instances room, which stands above this one. */
export interface OwnedInstances {
  /**
   * Removes every instance of an account or a user as a DELETE of each would: subscriptions at the vendor, rows,
   * tokens. Resolves when none is left; what the vendor refuses is reported there, not thrown.
   */
  removeAll(owner: InstanceOwner): Promise<void>;
}

export type InstanceOwner = { accountId: number } | { userId: number };
