// Set-up before `npm test`, `npm run demo` and `npm start`, so that a fresh clone needs nothing but Node and npm.
// Plain JavaScript without dependencies: it runs on whatever Node the machine has (20 or newer), before the
// project's own Node is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? 'start';
const withTests = purpose === 'test';
const stampFile = join(root, 'node_modules', '.tidings-installed');

/** What must be installed: the lock file, with or without the packages that only tests need. */
function wantedStamp(tests) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${tests ? 'with-tests' : 'run-only'}`;
}

function isInstalled() {
  if (!existsSync(stampFile)) return false;
  const stamp = readFileSync(stampFile, 'utf8').trim();
  return stamp === wantedStamp(true) || (!withTests && stamp === wantedStamp(false));
}

function install() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(withTests ? [] : ['--omit=dev'])];
  console.log(`Installing what Tidings needs (npm ${args.slice(0, 1).join(' ')}, once; a minute or so) …`);
  // Under npm, npm_execpath is npm's own script; run by hand, the npm on the PATH is used.
  const npmScript = process.env.npm_execpath;
  const done = npmScript?.endsWith('.js')
    ? spawnSync(process.execPath, [npmScript, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
        cwd: root,
        stdio: 'inherit',
        shell: process.platform === 'win32',
      });
  if (done.status !== 0) {
    console.error(
      'npm could not install the packages (see above). Check the network and the registry npm is set to, then run this again.',
    );
    process.exit(1);
  }
  writeFileSync(stampFile, `${wantedStamp(withTests)}\n`);
}

/** What the console is built from; the lock file stands for its libraries. */
const CONSOLE_SOURCES = [
  'console/src',
  'console/public',
  'console/index.html',
  'console/vite.config.ts',
  'src/date-pattern',
  'package-lock.json',
];

function newestIn(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function isConsoleBuilt() {
  const page = join(root, 'console', 'dist', 'index.html');
  if (!existsSync(page)) return false;
  const builtAt = statSync(page).mtimeMs;
  return CONSOLE_SOURCES.every((path) => newestIn(join(root, path)) <= builtAt);
}

/** The Node of the project, as npm linked it; the one at hand where there is none. */
function projectNode() {
  const node = join(root, 'node_modules', '.bin', 'node');
  return process.platform !== 'win32' && existsSync(node) ? node : process.execPath;
}

function buildConsole() {
  console.log('Building the console …');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const done = spawnSync(projectNode(), [vite, 'build', 'console', '--logLevel', 'error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (done.status === 0) return;
  console.error('The console could not be built (see above).');
  process.exit(1);
}

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(`Tidings needs Node 20 or newer to set itself up; this is ${process.version}.`);
  process.exit(1);
}
if (!isInstalled()) install();
// A published package has no sources of the console, but has it built.
if (existsSync(join(root, 'console', 'src')) && !isConsoleBuilt()) buildConsole();
