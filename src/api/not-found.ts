import type { App } from '../accounts/app.ts';
import { Fault } from '../kernel/errors.ts';

/** What the old product had under the base path and Tidings does not. */
const NOT_SPOKEN: readonly { paths: readonly string[]; message: string }[] = [
  {
    paths: ['/formulas', '/formulas/*'],
    message:
      'Formulas do not exist in Tidings: let the notifications of an instance start your own workflow instead.',
  },
  {
    paths: ['/bulk', '/bulk/*', '/hubs/:hub/bulk', '/hubs/:hub/bulk/*'],
    message: 'Bulk jobs do not exist in Tidings: read lists page by page with pageSize and nextPage.',
  },
  {
    paths: [
      '/elements/:key/resources',
      '/elements/:key/resources/*',
      '/elements/:key/export',
      '/elements/import',
    ],
    message: 'The element builder does not exist in Tidings: a connector is part of its source code.',
  },
  {
    paths: ['/jobs', '/jobs/*', '/usage', '/usage/*', '/instances/:id/docs', '/notifications/emails'],
    message: 'Tidings does not offer this part of the API yet.',
  },
];

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Says of each path above why it is not there, before the catch-all resources answer something less clear. */
export function notSpokenRoutes(app: App): void {
  for (const { paths, message } of NOT_SPOKEN) {
    for (const url of paths) {
      app.route({
        method: [...METHODS],
        url,
        schema: { hide: true },
        handler: () => {
          throw new Fault('not_found', message);
        },
      });
    }
  }
}

/** Answers every path nobody serves. `basePath` is where the API is. */
export function registerNotFound(app: App, basePath: string): void {
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0]!;
    const hint = path.startsWith(`${basePath}/`)
      ? 'see /reference for what there is'
      : `the API is under ${basePath}`;
    throw new Fault('not_found', `There is nothing at ${request.method} ${path}; ${hint}.`);
  });
}
