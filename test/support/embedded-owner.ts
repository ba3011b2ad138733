/*
 * A process that owns an embedded PostgreSQL, for the tests that kill it: prints one line of JSON, `{connection}` or
 * `{error}`, and stops on SIGTERM. Its argument is JSON: `{dataDir, elsewhere, uid?, gid?}`; root becomes that user
 * first.
 */
import { findBinaries } from '../../src/database/embedded/binaries.ts';
import { makeReachable } from '../../src/database/embedded/reachable-binaries.ts';
import { startEmbedded } from '../../src/database/embedded/start-embedded.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import { createSilentLog } from '../../src/kernel/log.ts';

interface Order {
  dataDir: string;
  elsewhere: string;
  uid?: number;
  gid?: number;
}

const { dataDir, elsewhere, uid, gid } = JSON.parse(process.argv[2]!) as Order;
const log = createSilentLog();
let binaries = await findBinaries();
if (uid !== undefined && gid !== undefined && process.getuid!() === 0) {
  // The checkout may be root's alone.
  binaries = await makeReachable({ binaries, account: { name: 'test', uid, gid }, elsewhere, log });
  process.setgroups!([]);
  process.setgid!(gid);
  process.setuid!(uid);
}
try {
  const server = await startEmbedded({ dataDir, elsewhere, binaries, durable: false, log });
  process.once('SIGTERM', () => void server.stop());
  process.stdout.write(`${JSON.stringify({ connection: server.connection })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: messageOf(error) })}\n`);
}
