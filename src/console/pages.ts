import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { Routes } from '../accounts/app.ts';

/** Where `vite build` puts the console. */
const DIST = fileURLToPath(new URL('../../console/dist/', import.meta.url));

/** The paths that the console routes by itself; each is answered with its one page. */
const PAGES = [
  '/',
  '/sign-in',
  '/connectors',
  '/connectors/*',
  '/instances',
  '/instances/*',
  '/events',
  '/events/*',
  '/deliveries',
  '/settings',
  '/settings/*',
  '/oauth/callback',
];

const YEAR_S = 31_536_000;

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tidings</title>
<h1>The console is not built</h1><p>Run <code>npm start</code>, which builds it, or
<code>npx vite build console</code>. The API works without it.</p></html>`;

/** The console's page under each of its paths, and its hashed assets, which browsers keep for good. */
export function createPageRoutes({
  site,
  dist = DIST,
}: {
  site: { readonly publicUrl: string };
  dist?: string;
}): Routes {
  return async (app) => {
    const html = readPage(dist);
    for (const path of PAGES) {
      app.get(path, { schema: { hide: true } }, (_request, reply) =>
        reply
          .header('cache-control', 'no-cache')
          .type('text/html; charset=utf-8')
          .serializer(String)
          .send(html === null ? NOT_BUILT : withBase(html, site.publicUrl)),
      );
    }
    if (html === null) return;
    await app.register(fastifyStatic, {
      root: join(dist, 'assets'),
      prefix: '/assets/',
      index: false,
      decorateReply: false,
      preCompressed: true,
      immutable: true,
      maxAge: YEAR_S * 1000,
      schemaHide: true,
    });
  };
}

/** Addresses in the built page are relative; from here on they start at the path of the public URL. */
function withBase(html: string, publicUrl: string): string {
  const base = new URL(publicUrl).pathname.replace(/\/+$/, '');
  return html
    .replaceAll('="./', `="${base}/`)
    .replace('name="base" content=""', `name="base" content="${base}"`);
}

function readPage(dist: string): string | null {
  try {
    return readFileSync(join(dist, 'index.html'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
