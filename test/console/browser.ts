import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sparticuz, { inflate } from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

const INSTALLED = [
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** No sandbox, because tests run as root too, and nothing that asks the network on its own. */
const ARGS = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

/**
 * Chromium from npm alone: the package's own binary (Linux on x64), with the libraries it brings where the machine
 * lacks them; elsewhere an installed Chrome. @throws Error that says what to install
 */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform === 'linux' && process.arch === 'x64') return launchPackaged();
  const executablePath = INSTALLED.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error('The browser tests need Google Chrome here: install it, or run them on Linux (x64).');
  }
  return chromium.launch({ executablePath, args: ARGS });
}

async function launchPackaged(): Promise<Browser> {
  useOwnTemporaryDirectory();
  const executablePath = await sparticuz.executablePath();
  const fonts = fontConfiguration();
  const start = (libraries: Record<string, string>): Promise<Browser> =>
    chromium.launch({ executablePath, args: ARGS, env: { ...process.env, ...fonts, ...libraries } });
  try {
    return await start({});
  } catch (error) {
    if (!String(error).includes('shared libraries')) throw error;
    const packed = join(import.meta.dirname, '../../node_modules/@sparticuz/chromium/bin/al2023.tar.br');
    return start({ LD_LIBRARY_PATH: join(await inflate(packed), 'lib') });
  }
}

let ownDirectory: string | undefined;

/** The package unpacks into the temporary directory, where another user's or process's half-written copy may lie. */
function useOwnTemporaryDirectory(): void {
  if (ownDirectory !== undefined) return;
  const directory = mkdtempSync(join(tmpdir(), 'tidings-browser-'));
  ownDirectory = directory;
  process.env['TMPDIR'] = directory;
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
}

/** The package's Open Sans beside the machine's fonts, so that pages look alike where there are few. */
function fontConfiguration(): Record<string, string> {
  const directory = join(tmpdir(), 'tidings-fonts');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'fonts.conf');
  const places = [join(tmpdir(), 'fonts'), '/usr/share/fonts', '/usr/local/share/fonts'];
  const list = places.map((place) => `<dir>${place}</dir>`).join('');
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${list}<cachedir>${directory}</cachedir></fontconfig>`,
  );
  return { FONTCONFIG_FILE: file };
}
