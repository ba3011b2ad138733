/* Programs to compare with: no dependencies of Tidings, installed by npm when they are asked for, and kept. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tidings-bench', import.meta.url));

/** A package to install, and packages put in the place of those of its dependencies that cannot be had. */
export interface Download {
  name: string;
  version: string;
  overrides?: Record<string, string>;
}

/**
 * The directory of a package, installed if need be below the project's own node_modules, which git ignores. No script
 * of it or its dependencies runs. @throws Error with npm's exit code; what went wrong stands above it.
 */
export async function download({ name, version, overrides = {} }: Download): Promise<string> {
  const home = join(CACHE, `${name}-${version}`);
  const installed = join(home, 'node_modules', name);
  // npm writes it last.
  if (existsSync(join(home, 'node_modules', '.package-lock.json'))) return installed;
  console.log(`installing ${name}@${version} for the comparison; a large one takes minutes`);
  await mkdir(home, { recursive: true });
  const wanted = { private: true, dependencies: { [name]: version }, overrides };
  await writeFile(join(home, 'package.json'), JSON.stringify(wanted));
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev', '--legacy-peer-deps'];
  const { status } = spawnSync('npm', ['install', ...flags, '--loglevel=error', '--progress'], {
    cwd: home,
    // npm's own progress is shown.
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  if (status !== 0) throw new Error(`npm could not install ${name}@${version}: exit code ${status}`);
  return installed;
}
