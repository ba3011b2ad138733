import type { JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { GiveUp } from '../failures.ts';

/** Names of a shown order that writing calls otherwise (Keap REST v1 `POST /orders`, read 2026-11). */
const CREATE_NAMES: { [name: string]: string } = { title: 'order_title', order_time: 'order_date' };

/** The same of v2's `PATCH /orders/{id}` (OpenAPI of 2026-08). */
const UPDATE_NAMES: { [name: string]: string } = { title: 'order_title', order_date: 'order_time' };

const UPDATABLE: ReadonlySet<string> = new Set(
  `order_title order_time order_type contact_id lead_affiliate_id sales_affiliate_id promo_codes shipping_address
  notes terms custom_fields`.split(/\s+/),
);

const REFERENCES: ReadonlySet<string> = new Set(['contact_id', 'lead_affiliate_id', 'sales_affiliate_id']);

/** A client's order as v1 creates it: `Offline` and `Online` are capitalised there. Anything else is Keap's to judge. */
export function toNewOrder(body: JsonObject): JsonObject {
  const order = renamed(body, CREATE_NAMES);
  const type = textOf(order['order_type']);
  if (type !== undefined) order['order_type'] = type.slice(0, 1).toUpperCase() + type.slice(1).toLowerCase();
  return order;
}

/**
 * A client's changes as v2 takes them, and the mask that keeps everything else. What v2 cannot change is left out, so
 * that an order that was read can be sent back.
 * @throws GiveUp when nothing is left of it.
 */
export function toOrderPatch(body: JsonObject): { mask: string; changes: JsonObject } {
  const changes: JsonObject = {};
  for (const [name, value] of Object.entries(renamed(body, UPDATE_NAMES))) {
    if (!UPDATABLE.has(name)) continue;
    if (name === 'order_type') changes[name] = textOf(value)?.toUpperCase() ?? value;
    else changes[name] = REFERENCES.has(name) ? (textOf(value) ?? value) : value;
  }
  if (Object.keys(changes).length === 0 && Object.keys(body).length > 0) {
    throw new GiveUp('Keap can change none of these fields of an order', 400);
  }
  return { mask: Object.keys(changes).join(','), changes };
}

/** A name that writing knows wins over the one that is read. */
function renamed(body: JsonObject, names: { [name: string]: string }): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    const target = names[name] ?? name;
    if (target === name || body[target] === undefined) result[target] = value;
  }
  return result;
}
