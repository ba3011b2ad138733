import type { App } from '../accounts/app.ts';
import { readScalarScript } from './scalar-script.ts';

const BUNDLE = '/reference/bundle/js/scalar.js';

/**
 * The API reference at `/reference`: Scalar's script from this server under a page of our own, because the page of its
 * plugin starts by an inline script, which the Content-Security-Policy refuses. Nothing is asked of third parties.
 * `publicPath` is the path of the public URL, without a slash at its end.
 */
export function registerReference(app: App, { publicPath }: { publicPath: string }): void {
  const html = page(publicPath);
  const script = initScript(publicPath);
  const hidden = { schema: { hide: true } };
  const bundle = readOnce(readScalarScript);
  app.get('/reference', hidden, (_request, reply) =>
    reply.type('text/html; charset=utf-8').serializer(String).send(html),
  );
  app.get('/reference/init.js', hidden, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').serializer(String).send(script),
  );
  app.get(BUNDLE, hidden, async (_request, reply) =>
    reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'public, max-age=86400')
      .send(await bundle()),
  );
}

/** Kept from the first reader on, so that many at once are one reading; what failed is tried again. */
function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= read().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

function page(publicPath: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Tidings API</title>
  </head>
  <body>
    <div id="reference"></div>
    <script src="${publicPath}${BUNDLE}"></script>
    <script src="${publicPath}/reference/init.js"></script>
  </body>
</html>
`;
}

/** Scalar's options by which it asks nobody else (its configuration reference, read 2026-11). */
function initScript(publicPath: string): string {
  const options = {
    url: `${publicPath}/openapi.json`,
    withDefaultFonts: false,
    telemetry: false,
    proxyUrl: '',
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
    showDeveloperTools: 'never',
  };
  return `Scalar.createApiReference('#reference', ${JSON.stringify(options)});\n`;
}
