/** One resource of `event.poller.configuration`: what is known of it, and whatever else somebody wrote. */
export type PollingEntry = Record<string, unknown>;

export interface PollingRow {
  name: string;
  /** False: kept here for the toggle, left out of what is sent. */
  isOn: boolean;
  entry: PollingEntry;
}

/** The fields of Advanced Filtering, with every spelling people have used for them; the first is ours. */
export const DATE_FIELDS = {
  updatedField: ['updatedDateField', 'updatedAtField', 'updateDateField', 'updatedateField'],
  updatedFormat: ['updatedDateFormat', 'updatedAtFormat', 'updateDateFormat', 'updatedateFormat'],
  updatedTimezone: ['updatedDateTimezone', 'updatedAtTimezone', 'updateDateTimezone', 'updatedateTimezone'],
  createdField: ['createdDateField', 'createdAtField', 'createDateField', 'createdateField'],
  createdFormat: ['createdDateFormat', 'createdAtFormat', 'createDateFormat', 'createdateFormat'],
  createdTimezone: ['createdDateTimezone', 'createdAtTimezone', 'createDateTimezone', 'createdateTimezone'],
} as const;

export type DateField = keyof typeof DATE_FIELDS;

/** The rows of a configuration's text, and after them the connector's own that it leaves out, switched off; null: no JSON object. */
export function readRows(text: string, defaults: Record<string, PollingEntry>): PollingRow[] | null {
  const configured = parseObject(text === '' ? '{}' : text);
  if (configured === null) return null;
  const rows = Object.entries(configured).map(([name, entry]) => ({
    name,
    isOn: true,
    entry: isObject(entry) ? entry : {},
  }));
  const names = new Set(Object.keys(configured));
  const off = Object.entries(defaults)
    .filter(([name]) => !names.has(name))
    .map(([name, entry]) => ({ name, isOn: false, entry }));
  return [...rows, ...off];
}

/** The configuration's text: what is switched on. */
export function printRows(rows: readonly PollingRow[]): string {
  return JSON.stringify(
    Object.fromEntries(rows.filter(({ isOn }) => isOn).map(({ name, entry }) => [name, entry])),
    null,
    2,
  );
}

export function textAt(entry: PollingEntry, key: string): string {
  const value = entry[key];
  return typeof value === 'string' ? value : '';
}

export function dateText(entry: PollingEntry, field: DateField): string {
  const dates = entry['datesConfiguration'];
  if (!isObject(dates)) return '';
  const key = spelling(dates, field);
  return textAt(dates, key);
}

/** The entry with one date field changed, under the spelling it already has; an empty text takes it away. */
export function withDate(entry: PollingEntry, field: DateField, text: string): PollingEntry {
  const dates = isObject(entry['datesConfiguration']) ? entry['datesConfiguration'] : {};
  const key = spelling(dates, field);
  const { [key]: _before, ...rest } = dates;
  return { ...entry, datesConfiguration: text === '' ? rest : { ...dates, [key]: text } };
}

function spelling(dates: Record<string, unknown>, field: DateField): string {
  const known = new Set(DATE_FIELDS[field].map((name) => name.toLowerCase()));
  return Object.keys(dates).find((key) => known.has(key.toLowerCase())) ?? DATE_FIELDS[field][0];
}

/** A row for another resource, its name put into the URL in place of the copied one's. */
export function copyRow(row: PollingRow, name: string): PollingRow {
  const url = textAt(row.entry, 'url');
  const [path = '', query] = url.split(/(?=\?)/, 2);
  const copied = `${path.replace(/[^/]+$/, name)}${query ?? ''}`;
  return { name, isOn: true, entry: { ...structuredClone(row.entry), url: copied } };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
