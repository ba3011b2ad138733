import type { SealedColumn } from '../vault/sealed-column.ts';
import { organizationSecretPlace, userSecretPlace } from './add-user.ts';

/** What this room keeps sealed. */
export const sealedInAccounts: readonly SealedColumn[] = [
  {
    table: 'organizations',
    column: 'secret_sealed',
    key: [['id', 'int8']],
    placeOf: organizationSecretPlace,
  },
  { table: 'users', column: 'secret_sealed', key: [['id', 'int8']], placeOf: userSecretPlace },
];
