/**
 * `npm test`: every check and every test, one after another, each step named before it runs.
 * `--fast` leaves out what needs minutes (journeys, conformance, browser); `--checks-only` runs no test.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const flags = new Set(process.argv.slice(2));
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

interface Step {
  name: string;
  command: string;
  args: string[];
}

const CHECKS: Step[] = [
  { name: 'format', command: bin('oxfmt'), args: ['--check'] },
  { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit', '-p', '.'] },
  { name: 'types of the console', command: bin('tsc'), args: ['--noEmit', '-p', 'console'] },
  { name: 'types of its tests', command: bin('tsc'), args: ['--noEmit', '-p', 'test/console'] },
  { name: 'dead code', command: bin('knip'), args: ['--no-progress'] },
];

const UNIT_TESTS = ['src/**/*.test.ts', 'simulators/**/*.test.ts', 'test/*.test.ts'];
const SLOW_TESTS = [
  'test/journeys/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/console/**/*.test.ts',
];

function testStep(patterns: string[]): Step {
  const files = globSync(patterns, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] }).sort();
  return {
    name: `${files.length} test files`,
    command: process.execPath,
    args: [
      '--test',
      '--test-reporter=./test/support/summary-reporter.ts',
      '--test-global-setup=./test/support/global-setup.ts',
      '--test-timeout=180000',
      // Two cores: most of the time goes to waiting for PostgreSQL, processes and the browser.
      '--test-concurrency=2',
      ...files,
    ],
  };
}

const steps = flags.has('--checks-only')
  ? CHECKS
  : [...CHECKS, testStep(flags.has('--fast') ? UNIT_TESTS : [...UNIT_TESTS, ...SLOW_TESTS])];

for (const step of steps) {
  const startedAt = performance.now();
  console.log(`\n— ${step.name}`);
  const done = spawnSync(step.command, step.args, { cwd: root, stdio: 'inherit' });
  if (done.error !== undefined) console.error(String(done.error));
  if (done.status !== 0) {
    console.error(`\n${step.name} failed.`);
    process.exit(done.status ?? 1);
  }
  console.log(`  ${step.name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
