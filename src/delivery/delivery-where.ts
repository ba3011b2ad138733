import { compileCeql } from '../ceql/evaluate-ceql.ts';
import { parseCeql } from '../ceql/parse-ceql.ts';
import type { Ceql } from '../ceql/tree.ts';
import { Fault } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import type { Json } from '../kernel/json.ts';
import { DELIVERY_STATUSES, type DeliveryStatus } from './schema.ts';
import type { SubscriptionRow } from './subscription-queries.ts';

/** Which deliveries a `where` means. */
export interface DeliveryWhere {
  /** Statuses with which it can hold. */
  statuses: DeliveryStatus[];
  /** The only notification it can hold of, when it names one. */
  notificationId: string | null;
  /** Subscriptions of which it can hold. */
  fits(subscription: SubscriptionRow): boolean;
}

const FIELDS = ['channel', 'status', 'config.url', 'topics', 'subscriptionId', 'notificationId'];
const OPEN: DeliveryStatus[] = ['created', 'retry', 'queued'];

/**
 * Reads the `where` of queued deliveries. Its conditions are on the subscription, the status and at most one
 * notification by `notificationId = '…'`. Nothing, or nothing about the status, means what is still open.
 * @throws Fault `bad_request` for a syntax error, an unknown field, or a notification compared in another way.
 */
export function readDeliveryWhere(text: string | undefined): DeliveryWhere {
  if (text === undefined) return { statuses: OPEN, notificationId: null, fits: () => true };
  const parsed = parseCeql(text);
  if (!parsed.ok) throw new Fault('bad_request', parsed.message);
  const fields = new Set(fieldsOf(parsed.tree));
  const unknown = [...fields].filter((field) => !FIELDS.includes(field));
  if (unknown.length > 0) {
    throw new Fault(
      'bad_request',
      `where knows no field ${unknown.join(', ')}; it knows ${FIELDS.join(', ')}.`,
    );
  }
  const notificationId = fields.has('notificationId') ? namedNotification(parsed.tree) : null;
  const holds = compileCeql(parsed.tree);
  const record = (row: SubscriptionRow | null, status: string): Json => ({
    channel: 'webhook',
    status,
    subscriptionId: row?.id ?? 0,
    notificationId,
    topics: row?.topics.join(',') ?? '',
    config: { url: row?.url ?? '' },
  });
  const candidates: readonly DeliveryStatus[] = fields.has('status') ? DELIVERY_STATUSES : OPEN;
  const statusHolds = fields.has('status') ? compileCeql(onlyStatus(parsed.tree) ?? parsed.tree) : () => true;
  const statuses = candidates.filter((status) => statusHolds(record(null, status)));
  return {
    statuses,
    notificationId,
    fits: (row) => statuses.some((status) => holds(record(row, status))),
  };
}

function fieldsOf(tree: Ceql): string[] {
  return 'terms' in tree ? tree.terms.flatMap(fieldsOf) : [tree.field];
}

/** The conditions on the status alone, of a conjunction; undefined when they cannot be told from the others. */
function onlyStatus(tree: Ceql): Ceql | undefined {
  if (!('terms' in tree)) return tree.field === 'status' ? tree : undefined;
  if (tree.type === 'or') {
    if (fieldsOf(tree).every((field) => field === 'status')) return tree;
    throw new Fault('bad_request', 'where may join a condition on status to others by AND only.');
  }
  const terms = tree.terms.map((term) => (fieldsOf(term).includes('status') ? onlyStatus(term) : undefined));
  const found = terms.filter((term) => term !== undefined);
  return found.length > 1 ? { type: 'and', terms: found } : found[0];
}

function namedNotification(tree: Ceql): string {
  const terms = tree.type === 'and' ? tree.terms : [tree];
  const named = terms.filter((term) => fieldsOf(term).includes('notificationId'));
  const [term] = named;
  const isPlain = named.length === 1 && term?.type === 'compare' && term.operator === '=';
  const id = isPlain ? String(term.value.value) : '';
  if (!isUuid(id)) {
    throw new Fault(
      'bad_request',
      "where may name one notification, as notificationId='<its id>' joined by AND.",
    );
  }
  return id.toLowerCase();
}
