/** A column of sealed values, for sealing them anew under another key. */
export interface SealedColumn {
  table: string;
  column: string;
  /** The columns of the primary key: name and type. */
  key: readonly (readonly [name: string, type: string])[];
  /** What the value of a row is bound to, from the values of its key. */
  placeOf: (...key: never[]) => string;
}
