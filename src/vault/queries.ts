import type { Queryable } from '../database/pool.ts';
import type { SealedColumn } from './sealed-column.ts';

export interface SealedRow {
  /** The values of the primary key. */
  key: unknown[];
  sealed: Buffer;
}

/** Values that do not begin with `start`, by the primary key, after the row whose key is `after`. */
export async function findSealedOtherwise(
  db: Queryable,
  { table, column, key }: SealedColumn,
  search: { start: Buffer; after: unknown[] | null; limit: number },
): Promise<SealedRow[]> {
  const names = key.map(([name]) => name).join(', ');
  const places = key.map(([, type], index) => `$${index + 3}::${type}`).join(', ');
  const { after } = search;
  const rows = await db.query<{ sealed_value: Buffer; [name: string]: unknown }>(
    `select ${names}, ${column} as sealed_value from ${table}
     where substr(${column}, 1, ${search.start.length}) <> $1
       ${after === null ? '' : `and (${names}) > (${places})`}
     order by ${names} limit $2`,
    [search.start, search.limit, ...(after ?? [])],
  );
  return rows.map((row) => ({ key: key.map(([name]) => row[name]), sealed: row.sealed_value }));
}

/** Whether the value was still `row.sealed`, and now is `sealed`. A statement for each row: none waits holding another. */
export async function replaceSealed(
  db: Queryable,
  { table, column, key }: SealedColumn,
  row: SealedRow,
  sealed: Buffer,
): Promise<boolean> {
  const isRow = key.map(([name, type], index) => `${name} = $${index + 3}::${type}`).join(' and ');
  const replaced = await db.execute(`update ${table} set ${column} = $1 where ${column} = $2 and ${isRow}`, [
    sealed,
    row.sealed,
    ...row.key,
  ]);
  return replaced === 1;
}
