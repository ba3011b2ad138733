import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

/** More than a pipe holds. */
const LINES = 3000;
const MODULE = JSON.stringify(new URL('./log.ts', import.meta.url).href);

function logging(atEnd: string) {
  const script = `
    import { openLog } from ${MODULE};
    const { log, abandon } = openLog('info');
    for (let line = 0; line < ${LINES}; line += 1) log.info({ line, filler: 'x'.repeat(500) }, 'a line');
    ${atEnd}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
  });
  return { child, exited: once(child, 'exit') as Promise<[number | null]> };
}

test('a stalled reader stops neither the process nor its end', async () => {
  const { exited } = logging('setTimeout(() => { abandon(); process.exit(3); }, 50);');
  assert.equal((await exited)[0], 3);
});

test('a reader that is gone does not keep the process', async () => {
  const { child, exited } = logging('setTimeout(() => { abandon(); process.exit(3); }, 50);');
  child.stdout.destroy();
  assert.equal((await exited)[0], 3);
});

test('what is read arrives whole, by an end of its own accord or by force', async () => {
  for (const atEnd of ['', 'process.exit();']) {
    const { child, exited } = logging(atEnd);
    const lines = (await text(child.stdout)).trimEnd().split('\n');
    assert.equal((await exited)[0], 0);
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { line: number }).line),
      Array.from({ length: LINES }, (_, line) => line),
    );
  }
});
