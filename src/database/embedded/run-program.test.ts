import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaintOf, runProgram } from './run-program.ts';

test('of a long output the lines that complain are told, in one line and without time stamps', () => {
  const output = `2026-11-21 22:50:15.1 UTC [6149] LOG:  starting PostgreSQL 18
2026-11-21 22:50:15.2 UTC [6149] FATAL:  could not write lock file "postmaster.pid": No space left on device
2026-11-21 22:50:15.3 UTC [6149] LOG:  database system is shut down
`;
  assert.equal(
    complaintOf(output),
    'FATAL: could not write lock file "postmaster.pid": No space left on device',
  );
  assert.equal(complaintOf('one\ntwo\nthree\nfour\n'), 'two three four');
});

test('a program that does not exist, or ends badly, is told from one that ends well', async () => {
  const options = { account: undefined, cwd: import.meta.dirname };
  const missing = await runProgram('/nowhere/initdb', [], options);
  assert.ok(!missing.ok && missing.complaint.includes('ENOENT'));
  const failing = await runProgram(
    process.execPath,
    ['-e', 'console.error("could not"); process.exit(3)'],
    options,
  );
  assert.deepEqual(failing, { ok: false, complaint: 'could not' });
  assert.deepEqual(await runProgram(process.execPath, ['-e', ''], options), { ok: true });
});
