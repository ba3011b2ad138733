import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Which rooms a room may import: the table is the documentation. Left of it, a change flows; right, nothing flows back. */
const TIERS: string[][] = [
  ['main', 'cli'],
  ['api', 'console'],
  ['polling', 'webhooks', 'delivery'],
  ['events'],
  ['hubs', 'instances', 'elements'],
  ['connectors', 'accounts'],
  ['ceql', 'date-pattern', 'egress', 'vault', 'database', 'config'],
  ['kernel'],
];
const NEVER: [from: string, to: string][] = [
  ['connectors', 'database'],
  ['connectors', 'accounts'],
  ['polling', 'delivery'],
  ['webhooks', 'delivery'],
  ['delivery', 'polling'],
  ['delivery', 'webhooks'],
];
const DRAWERS = /(^|\/)(utils|common|shared|helpers|services|controllers|lib)\//;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = globSync('{src,simulators,test,bench,console/src}/**/*.{ts,tsx}', { cwd: root })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => !file.includes('/node_modules/'));
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
/** The file without its comments, so that a word in one breaks no rule. */
const code = (file: string): string => text(file).replaceAll(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm, '');
const roomOf = (file: string): string => file.split('/')[1]!.replace(/\.ts$/, '');
const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.includes('/testing/');

/** `[importing file, imported file or package]` of every import and re-export. */
function importsOf(file: string): [string, string][] {
  const found = text(file).matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => {
    const target = (match[1] ?? match[2])!;
    if (!target.startsWith('.')) return [file, target];
    return [
      file,
      relative(root, resolve(join(root, dirname(file)), target))
        .split(sep)
        .join('/'),
    ];
  });
}

const source = files.filter((file) => file.startsWith('src/'));
const production = source.filter((file) => !isTest(file));
const tierOf = (room: string): number => TIERS.findIndex((tier) => tier.includes(room));

test('every room of src stands in the direction table', () => {
  assert.deepEqual(
    [...new Set(source.map(roomOf))].filter((room) => tierOf(room) < 0),
    [],
  );
});

test('imports go one way only', () => {
  const wrong = production.flatMap(importsOf).filter(([from, to]) => {
    if (!to.startsWith('src/') || roomOf(from) === roomOf(to)) return false;
    const forbidden = NEVER.some(([a, b]) => roomOf(from) === a && roomOf(to) === b);
    return forbidden || tierOf(roomOf(from)) > tierOf(roomOf(to));
  });
  assert.deepEqual(wrong, []);
});

test('simulators know nothing of the source, and only the demo knows the simulators', () => {
  const simulators = files.filter((file) => file.startsWith('simulators/'));
  assert.deepEqual(
    simulators.flatMap(importsOf).filter(([, to]) => to.startsWith('src/')),
    [],
  );
  const wrong = production
    .flatMap(importsOf)
    .filter(([from, to]) => to.startsWith('simulators/') && !from.startsWith('src/cli/demo'));
  assert.deepEqual(wrong, []);
});

test('connectors never see the database, Fastify or pg', () => {
  const wrong = production
    .filter((file) => file.startsWith('src/connectors/'))
    .flatMap(importsOf)
    .filter(([, to]) => ['fastify', 'pg', 'undici'].includes(to) || to.startsWith('src/instances'));
  assert.deepEqual(wrong, []);
});

const ONE_ROOM_RULES: { name: string; pattern: RegExp; allowed: (file: string) => boolean }[] = [
  {
    name: 'only the clock reads the time',
    pattern: /\bDate\.now\(|\bnew Date\(\s*\)|Temporal\.Now\b/,
    allowed: (file) => file === 'src/kernel/clock.ts',
  },
  {
    name: 'only egress opens outgoing connections',
    pattern: /\bfetch\(|from 'undici'|\bhttps?\.request\(/,
    allowed: (file) => file.startsWith('src/egress/'),
  },
  {
    name: 'only main reads the environment and signals',
    pattern: /\bprocess\.env\b|process\.on\(\s*'SIG/,
    allowed: (file) => file === 'src/main.ts',
  },
  {
    name: 'SQL stands in queries files and in the database room',
    pattern:
      /[`'"]\s*(?:select\s[^`]*?\sfrom\s|insert into\s|delete from\s|update\s+\w+\s+(?:\w+\s+)?set\s|with\s+(?:recursive\s+)?\w+(?:\([^)]*\))?\s+as\s)/,
    allowed: (file) => /(^|\/|-)queries\.ts$/.test(file) || file.startsWith('src/database/'),
  },
];
for (const rule of ONE_ROOM_RULES) {
  test(rule.name, () => {
    const wrong = production.filter((file) => !rule.allowed(file) && rule.pattern.test(code(file)));
    assert.deepEqual(wrong, []);
  });
}

test('SQL is given the time and never asks for it', () => {
  const sql = [
    ...production.filter((file) => file.endsWith('queries.ts')),
    ...globSync('migrations/0*.sql', { cwd: root }),
  ];
  assert.deepEqual(
    sql.filter((file) => /\bnow\(\)|\bcurrent_timestamp\b|clock_timestamp\(\)/i.test(text(file))),
    [],
  );
});

test('there are no drawers and no barrels', () => {
  assert.deepEqual(
    files.filter((file) => DRAWERS.test(file)),
    [],
  );
  assert.deepEqual(
    files.filter((file) => /(^|\/)index\.tsx?$/.test(file)),
    [],
  );
});
