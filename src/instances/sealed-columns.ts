import type { SealedColumn } from '../vault/sealed-column.ts';
import { credentialsPlace, entryPlace, tokenPlace } from './sealed-places.ts';

/** What this room keeps sealed. */
export const sealedInInstances: readonly SealedColumn[] = [
  { table: 'instances', column: 'token_sealed', key: [['id', 'int8']], placeOf: tokenPlace },
  { table: 'instances', column: 'credentials', key: [['id', 'int8']], placeOf: credentialsPlace },
  {
    table: 'instance_configuration',
    column: 'sealed',
    key: [
      ['instance_id', 'int8'],
      ['key', 'text'],
    ],
    placeOf: entryPlace,
  },
];
