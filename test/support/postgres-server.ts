import { join } from 'node:path';
import { startEmbedded, type Embedded } from '../../src/database/embedded/start-embedded.ts';
import { createSilentLog } from '../../src/kernel/log.ts';

/** Where the server of this run is, in the environment of the test processes. */
export const TEST_SERVER_VARIABLE = 'TEST_POSTGRES_URL';

/** A PostgreSQL for tests: nothing of it survives the machine, and many test files connect to it at once. */
export function startTestServer(dataDir: string): Promise<Embedded> {
  return startEmbedded({
    dataDir,
    log: createSilentLog(),
    durable: false,
    settings: { max_connections: 500, autovacuum: 'off', max_wal_size: '4GB', checkpoint_timeout: '1h' },
    elsewhere: join(dataDir, 'elsewhere'),
  });
}

/** The URL of a database of that server. */
export function serverUrl(server: Embedded, database: string): string {
  const { host, port, user, password } = server.connection;
  const query = new URLSearchParams({ host, port: String(port), user });
  if (password !== undefined) query.set('password', password);
  return `postgresql:///${database}?${query.toString()}`;
}
