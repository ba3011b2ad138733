import swagger from '@fastify/swagger';
import type { App } from '../accounts/app.ts';

const DESCRIPTION = `Every success is 200. An error answers \`{requestId, message, providerMessage?}\`; a 400 names
everything that is wrong or missing at once. Lists page by \`pageSize\` with \`page\` or \`nextPage\`.`;

/** Collects the route schemas registered after it, and serves them at `/openapi.json`. */
export async function registerOpenApi(
  app: App,
  { version, basePath }: { version: string; basePath: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tidings', version, description: DESCRIPTION },
      // Relative: whoever reads the document has reached the server already.
      servers: [{ url: basePath }],
      components: {
        securitySchemes: {
          secrets: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: '`User <secret>, Organization <secret>[, Element <instance token>]`',
          },
        },
      },
      security: [{ secrets: [] }],
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
