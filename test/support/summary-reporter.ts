import type { TestEvent } from 'node:test/reporters';

/** Names each failed test with its error as it happens, and closes with one line of counts. */
export default async function* summaryReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  let slowest: { name: string; ms: number }[] = [];
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.details.type !== 'suite') {
      passed += 1;
      slowest = [...slowest, { name: event.data.name, ms: event.data.details.duration_ms }]
        .sort((a, b) => b.ms - a.ms)
        .slice(0, 5);
    }
    if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
      failed += 1;
      const { cause, ...rest } = event.data.details.error;
      const shown = cause instanceof Error ? (cause.stack ?? cause.message) : rest.message;
      yield `\n✖ ${event.data.name} (${event.data.file ?? ''}:${event.data.line ?? ''})\n${shown}\n`;
    }
    if (event.type === 'test:stdout' && process.env['TIDINGS_TEST_VERBOSE'] === '1') yield event.data.message;
    if (event.type === 'test:stderr') yield event.data.message;
  }
  yield `\nslowest: ${slowest.map(({ name, ms }) => `${(ms / 1000).toFixed(1)} s ${name}`).join('; ')}\n`;
  yield `\n${passed} passed, ${failed} failed\n`;
}
