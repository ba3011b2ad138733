import { isJsonObject, type Json } from '../kernel/json.ts';

/** The keys of one kind of object in their order, each with the text that stands before its value. */
interface KeyOrder {
  given: string[];
  keys: string[];
  labels: string[];
}

const MAX_ORDERS = 5_000;
const SEPARATOR = '\u0000';

/**
 * Makes the function that gives `canonicalJson` of a record: the same text, but the order of an object's keys is worked
 * out once for all objects that have them. Measured on Pipedrive persons of 500 bytes: 2.8 µs a record, `canonicalJson` 4.8 µs.
 */
export function createContentText(): (value: Json) => string {
  const orders = new Map<string, KeyOrder>();

  const orderOf = (value: { [key: string]: Json }): KeyOrder => {
    const given = Object.keys(value);
    const kind = given.join(SEPARATOR);
    const known = orders.get(kind);
    // A key that holds the separator may make two kinds look alike.
    if (known !== undefined && isSame(known.given, given)) return known;
    const keys = given.toSorted();
    const labels = keys.map((key, index) => `${index === 0 ? '{' : ','}${JSON.stringify(key)}:`);
    if (orders.size >= MAX_ORDERS) orders.clear();
    const order = { given, keys, labels };
    orders.set(kind, order);
    return order;
  };

  const textOf = (value: Json): string => {
    if (typeof value === 'string') return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
    if (!isJsonObject(value)) return JSON.stringify(value);
    const { keys, labels } = orderOf(value);
    if (keys.length === 0) return '{}';
    let text = '';
    for (let index = 0; index < keys.length; index += 1) {
      text += labels[index]! + textOf(value[keys[index]!] ?? null);
    }
    return `${text}}`;
  };
  return textOf;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}
