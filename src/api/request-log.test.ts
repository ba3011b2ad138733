import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify, { LogController } from 'fastify';
import { pino } from 'pino';
import { redactUrl, registerRequestLog } from './request-log.ts';

test('secrets in a URL are not logged, whatever the case of their names', () => {
  assert.equal(
    redactUrl('/elements/api-v2/events/x?token=abc&a=1&Code=d%20e&api_token=&hapikey=k'),
    '/elements/api-v2/events/x?token=[redacted]&a=1&Code=[redacted]&api_token=[redacted]&hapikey=[redacted]',
  );
  assert.equal(redactUrl('/instances?nextPage=token'), '/instances?nextPage=token');
});

test('an accepted webhook leaves no line, a refused one and any other request do', async (t) => {
  const lines: { url: string; status: number }[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) };
  const logController = new LogController({ disableRequestLogging: true });
  const log = pino({ level: 'info' }, stream);
  const app = fastify({ loggerInstance: log, logController });
  t.after(() => app.close());
  registerRequestLog(app, log);
  const config = { keepRawBody: true };
  app.get('/accepted', { config }, async () => ({}));
  app.get('/refused', { config }, async (_request, reply) => reply.code(401).send());
  app.get('/other', async () => ({}));
  for (const url of ['/accepted', '/refused?token=t', '/other']) await app.inject({ url });
  assert.deepEqual(
    lines.map(({ url, status }) => [url, status]),
    [
      ['/refused?token=[redacted]', 401],
      ['/other', 200],
    ],
  );
});
