import { parseArgs } from 'node:util';

/**
 * Runs a simulator as a process of its own: `node simulators/<vendor>/main.ts [--port N]`. Prints one line,
 * `<name> simulator at <url>`, and closes on SIGINT or SIGTERM.
 */
export async function runSimulator(
  name: string,
  start: (options: { port: number }) => Promise<{ url: string; close(): Promise<void> }>,
): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(`--port must be between 0 and 65535, not "${values.port}"\n`);
    process.exitCode = 2;
    return;
  }
  const simulator = await start({ port });
  process.stdout.write(`${name} simulator at ${simulator.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      simulator.close().catch(() => {
        process.exitCode = 1;
      });
    });
  }
}
