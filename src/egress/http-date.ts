import type { EpochMs } from '../kernel/clock.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)';

/** RFC 9110 section 5.6.7: the form in use and the two obsolete ones a reader must accept. */
const FORMS = [
  new RegExp(`^\\w{3}, (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^\\w{6,9}, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT$`),
  new RegExp(`^\\w{3} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** The instant of an HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`), or undefined when it is none. */
export function parseHttpDate(text: string): EpochMs | undefined {
  for (const form of FORMS) {
    const fields = form.exec(text)?.groups;
    if (fields === undefined) continue;
    const month = MONTHS.indexOf(fields['month']!);
    const day = Number(fields['day']);
    // Two digits in the past century or this one: no vendor tells us to wait until 2070.
    const year = fields['year']!.length === 2 ? centuryOf(Number(fields['year'])) : Number(fields['year']);
    const midnight = Date.UTC(year, month, day);
    // 31 February is no date, and Date.UTC would make it 3 March.
    const daysInMonth = Date.UTC(year, month + 1, 1) - Date.UTC(year, month, 1);
    if (day < 1 || (day - 1) * 86_400_000 >= daysInMonth) return undefined;
    return (
      midnight +
      Number(fields['hour']) * 3_600_000 +
      Number(fields['minute']) * 60_000 +
      Number(fields['second']) * 1_000
    );
  }
  return undefined;
}

function centuryOf(year: number): number {
  return year < 70 ? 2000 + year : 1900 + year;
}
