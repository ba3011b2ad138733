import { parseEncryptionKeys } from '../vault/encryption-keys.ts';
import {
  choice,
  httpUrl,
  integer,
  matching,
  postgresUrl,
  privateNetworks,
  someOf,
  trustedProxies,
} from './readers.ts';
import type { Reader } from './readers.ts';

/** One environment variable; `T` is what it is read into. */
export interface Variable<T, Default> {
  name: string;
  meaning: string;
  unit?: string;
  /** What holds without it; null where main decides, `shownDefault` then says how. */
  default: Default;
  shownDefault?: string;
  read: Reader<T>;
  /** May also stand in the file that `<NAME>_FILE` names; its value is never printed. */
  isSecret?: boolean;
}

/** Keeps the types of one variable's value and default. */
function variable<T, Default = T>(definition: Variable<T, Default>): Variable<T, Default> {
  return definition;
}

const SECRET = matching(/^[^\s,]{1,512}$/, 'must be 1 to 512 characters without blanks and commas');

/** Every environment variable there is, in the order of the help. */
export const VARIABLES = {
  port: variable({
    name: 'TIDINGS_PORT',
    meaning: 'where the HTTP server listens; 0 takes a free port',
    default: 8080,
    read: integer(0, 65_535),
  }),
  host: variable({
    name: 'TIDINGS_HOST',
    meaning: 'the address it listens on; 0.0.0.0 for every network',
    default: '127.0.0.1',
    read: matching(/^[\w.:%-]+$/, 'must be an address or a host name'),
  }),
  publicUrl: variable<string, string | null>({
    name: 'TIDINGS_PUBLIC_URL',
    meaning: 'how vendors and browsers reach it, a path included; stands in webhook URLs',
    default: null,
    shownDefault: 'http://localhost:<port>',
    read: httpUrl,
  }),
  databaseUrl: variable<string, string | null>({
    name: 'TIDINGS_DATABASE_URL',
    meaning: 'PostgreSQL 15 or newer, direct or session-pooled; unset: a private one in the data directory',
    default: null,
    shownDefault: 'unset',
    read: postgresUrl,
    isSecret: true,
  }),
  databasePoolSize: variable({
    name: 'TIDINGS_DATABASE_POOL_SIZE',
    meaning: 'most connections to the database',
    default: 10,
    read: integer(2, 1000),
  }),
  dataDir: variable({
    name: 'TIDINGS_DATA_DIR',
    meaning: 'the private database and the generated encryption key',
    default: './.tidings',
    read: matching(/\S/, 'must be a path'),
  }),
  encryptionKeys: variable<[Buffer, ...Buffer[]], null>({
    name: 'TIDINGS_ENCRYPTION_KEY',
    meaning: '32 bytes in base64; a comma list to rotate: the first encrypts, all decrypt',
    default: null,
    shownDefault: 'generated into the data directory; required with TIDINGS_DATABASE_URL',
    read: parseEncryptionKeys,
    isSecret: true,
  }),
  adminEmail: variable({
    name: 'TIDINGS_ADMIN_EMAIL',
    meaning: 'the first user, created at the first start',
    default: 'admin@localhost',
    read: matching(/^[^\s@]+@[^\s@]+$/, 'must be an email address'),
  }),
  adminPassword: variable<string, null>({
    name: 'TIDINGS_ADMIN_PASSWORD',
    meaning: 'the password of the first user',
    default: null,
    shownDefault: 'generated and printed once',
    read: matching(/^.{1,256}$/su, 'must have 1 to 256 characters'),
    isSecret: true,
  }),
  userSecret: variable<string, null>({
    name: 'TIDINGS_USER_SECRET',
    meaning: 'the API secret of the first user, if it must be known beforehand',
    default: null,
    shownDefault: 'generated, shown in the console',
    read: SECRET,
    isSecret: true,
  }),
  organizationSecret: variable<string, null>({
    name: 'TIDINGS_ORGANIZATION_SECRET',
    meaning: 'the API secret of the first organization, if it must be known beforehand',
    default: null,
    shownDefault: 'generated, shown in the console',
    read: SECRET,
    isSecret: true,
  }),
  allowPrivateNetworks: variable<boolean | string[]>({
    name: 'TIDINGS_ALLOW_PRIVATE_NETWORKS',
    meaning: 'true, or a comma list of CIDRs and hosts that requests may reach although private',
    default: false,
    read: privateNetworks,
  }),
  trustProxy: variable<false | number | string[]>({
    name: 'TIDINGS_TRUST_PROXY',
    meaning: 'whose X-Forwarded-* headers to believe: false, a number of proxies, or their CIDRs',
    default: false,
    read: trustedProxies,
  }),
  metricsToken: variable<string, null>({
    name: 'TIDINGS_METRICS_TOKEN',
    meaning: 'bearer token for /metrics',
    default: null,
    shownDefault: 'unset: from this machine only',
    read: SECRET,
    isSecret: true,
  }),
  roles: variable<readonly Role[]>({
    name: 'TIDINGS_ROLES',
    meaning: 'which parts this process runs; any number of processes may share one database',
    default: ['api', 'poller', 'delivery'],
    shownDefault: 'api,poller,delivery',
    read: someOf('api', 'poller', 'delivery'),
  }),
  retentionDays: variable({
    name: 'TIDINGS_RETENTION_DAYS',
    meaning: 'how long events and tries are kept',
    unit: 'days',
    default: 30,
    read: integer(1, 36_500),
  }),
  queueRetentionDays: variable({
    name: 'TIDINGS_QUEUE_RETENTION_DAYS',
    meaning: 'how long undelivered events are kept',
    unit: 'days',
    default: 90,
    read: integer(1, 36_500),
  }),
  logLevel: variable<LogLevel>({
    name: 'TIDINGS_LOG_LEVEL',
    meaning: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
    read: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
};

export type Role = 'api' | 'poller' | 'delivery';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
