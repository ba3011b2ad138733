import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { assertFails, getSecret, listen, startEgress, startSite } from './test-site.ts';

/** A self-signed certificate for "localhost" until 2126 and its key, made for this test alone. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUGhzXm6xNejKlJw4IvqKJCm0TrUowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTIyMjUyMVoYDzIxMjYxMDI4
MjIyNTIxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARcEA3m+xX7xz6rI/dQeGR+8hONsxT+hVMi+ZhEgGMSUT8FPbrC1s41
JKFjkcGUg4kYg6XsGWs9rqj8LcvrATcZo2kwZzAdBgNVHQ4EFgQUdkmjZlrbnTB7
+aiAHJWq3txyLl0wHwYDVR0jBBgwFoAUdkmjZlrbnTB7+aiAHJWq3txyLl0wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhANwDQ9kwMFrfr2anyuM4Msyz8ITzVHoWraDipg9ofwbhAiEA62GsVdGC
49NP4eqzErjYsUoc1DMIw9x5NjpU7ZEKVpY=
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEFhVQDPJMrqVtdmi
QQnNpVqhxYOv5p2aPx3uHS6aBJyhRANCAARcEA3m+xX7xz6rI/dQeGR+8hONsxT+
hVMi+ZhEgGMSUT8FPbrC1s41JKFjkcGUg4kYg6XsGWs9rqj8LcvrATcZ
-----END PRIVATE KEY-----
`;

/** What a process with these variables gets from each URL: the body, or the error's code. */
async function sendInChild(urls: string[], variables: Record<string, string>): Promise<string[]> {
  const script = `
    const { createEgress } = await import(${JSON.stringify(new URL('egress.ts', import.meta.url).href)});
    const { createSilentLog } = await import(${JSON.stringify(new URL('../kernel/log.ts', import.meta.url).href)});
    const egress = createEgress({ allowPrivate: true, log: createSilentLog(), clock: { now: () => 0 } });
    const given = [];
    for (const url of ${JSON.stringify(urls)}) {
      const sent = egress.send({ method: 'GET', url, timeoutMs: 5000 });
      given.push(await sent.then((answer) => answer.body.toString(), (error) => error.code));
    }
    console.log(JSON.stringify(given));
    await egress.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ...variables },
  });
  return JSON.parse(stdout) as string[];
}

test('a proxy in the environment is ignored', async (t) => {
  const site = await startSite(t, (_, response) => response.end('direct'));
  let proxied = 0;
  const proxy = await startSite(t, (_, response) => {
    proxied += 1;
    response.end('proxied');
  });
  const [answer] = await sendInChild([site.url], {
    HTTP_PROXY: proxy.url,
    http_proxy: proxy.url,
    HTTPS_PROXY: proxy.url,
    ALL_PROXY: proxy.url,
    NO_PROXY: '',
    no_proxy: '',
    NODE_USE_ENV_PROXY: '1',
  });
  assert.equal(answer, 'direct');
  assert.equal(proxied, 0);
});

test('a certificate nobody vouches for is refused', async (t) => {
  const server = createTlsServer({ cert: CERTIFICATE, key: KEY }, (socket) => socket.end());
  const { port } = await listen(t, server);
  const sent = startEgress(t).send(getSecret(`https://localhost:${port}`));
  await assertFails(
    sent,
    'tls',
    /^no secure connection to https:\/\/localhost:\d+ \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
  );
});

test('a certificate the operator vouches for is trusted, for its own name only', async (t) => {
  const server = createTlsServer({ cert: CERTIFICATE, key: KEY }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure'));
  });
  const { port } = await listen(t, server);
  const directory = await mkdtemp(join(tmpdir(), 'tidings-egress-'));
  t.after(async () => rm(directory, { recursive: true }));
  const file = join(directory, 'ca.pem');
  await writeFile(file, CERTIFICATE);
  assert.deepEqual(
    await sendInChild([`https://localhost:${port}`, `https://127.0.0.1:${port}`], {
      NODE_EXTRA_CA_CERTS: file,
    }),
    ['secure', 'tls'],
  );
});
