import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { createSilentLog } from '../kernel/log.ts';
import { createGuardedLookup } from './guarded-connect.ts';
import { parsePrivateNetworks } from './private-networks.ts';
import { get, startEgress, startSite } from './test-site.ts';

test('every way to write a local or metadata address in a URL is refused by default', async (t) => {
  const site = await startSite(t, (_, response) => response.end('reached'));
  const egress = startEgress(t, { allowPrivate: false });
  const hosts = [
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7F000001',
    '017700000001',
    '0177.0.0.01',
    '\uff11\uff12\uff17.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '0.0.0.0',
    '0',
    '[::]',
    'localhost',
    'LOCALHOST',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '[fe80::1]',
  ];
  for (const host of hosts) {
    await assert.rejects(egress.send(get(`http://${host}:${site.port}/`)), { code: 'refused_address' }, host);
    await assert.rejects(
      egress.send(get(`https://${host}:${site.port}/`)),
      { code: 'refused_address' },
      host,
    );
  }
  assert.equal(site.sockets.size, 0);
});

test('a permitted network reaches loopback by literal and by name, but not metadata', async (t) => {
  const site = await startSite(t, (_, response) => response.end('reached'));
  const egress = startEgress(t, { allowPrivate: ['127.0.0.0/8'] });
  for (const host of ['127.0.0.1', '2130706433', 'localhost']) {
    assert.equal((await egress.send(get(`http://${host}:${site.port}/`))).status, 200, host);
  }
  const open = startEgress(t, { allowPrivate: true });
  for (const host of ['169.254.169.254', '[fd00:ec2::254]', '[::ffff:a9fe:a9fe]', '0.0.0.0']) {
    await assert.rejects(open.send(get(`http://${host}:${site.port}/`)), { code: 'refused_address' }, host);
  }
});

test('a name that turns to a private address between two look-ups never gets there', async (t) => {
  const site = await startSite(t, (_, response) => response.end('reached'));
  const answers: LookupAddress[][] = [
    [
      { address: '10.0.0.1', family: 4 },
      { address: 'fe80::1', family: 6 },
    ],
    [
      { address: '10.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
    [{ address: '10.0.0.1', family: 4 }],
  ];
  let lookups = 0;
  const egress = startEgress(t, {
    allowPrivate: ['127.0.0.1'],
    resolve: (_, __, callback) => callback(null, answers[lookups++]!),
  });
  const url = `http://rebind.example:${site.port}/?token=secret`;
  await assert.rejects(egress.send(get(url)), (error: Error & { code: string }) => {
    assert.equal(error.code, 'refused_address');
    assert.match(error.message, /^rebind\.example is in a private .*TIDINGS_ALLOW_PRIVATE_NETWORKS$/);
    assert.doesNotMatch(error.message, /10\.0\.0\.1|secret/);
    return true;
  });
  // Of the second answer only the permitted address is used; the kept connection needs no third look-up.
  assert.equal((await egress.send(get(url))).body.toString(), 'reached');
  assert.equal((await egress.send(get(url))).body.toString(), 'reached');
  assert.equal(lookups, 2);
});

test('of several addresses of a name a refused one is not even tried', async (t) => {
  const site = await startSite(t, (_, response) => response.end('reached'));
  const egress = startEgress(t, {
    allowPrivate: ['127.0.0.77'],
    resolve: (_, __, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.77', family: 4 },
      ]),
  });
  await assert.rejects(egress.send(get(`http://mixed.example:${site.port}/`, { timeoutMs: 2_000 })), {
    name: 'EgressError',
  });
  assert.equal(site.sockets.size, 0);
});

test('a look-up gives one address or all, as it is asked, and never a refused one', () => {
  const lookup = createGuardedLookup({
    permitted: parsePrivateNetworks(['::1']),
    log: createSilentLog(),
    resolve: (host, options, callback) => {
      assert.equal(options.all, true);
      if (host === 'nobody.example') return callback(new Error('not found'), []);
      const addresses = host === 'inner.example' ? ['10.0.0.1'] : ['10.0.0.1', '::1', '8.8.8.8'];
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  });
  const ask = (host: string, all: boolean): unknown[] => {
    let given: unknown[] = [];
    lookup(host, { all }, (error, ...rest) => {
      given = error === null ? rest : [(error as { code?: string }).code ?? error.message];
    });
    return given;
  };
  const passing = [
    { address: '::1', family: 6 },
    { address: '8.8.8.8', family: 4 },
  ];
  assert.deepEqual(ask('outer.example', true), [passing]);
  assert.deepEqual(ask('outer.example', false), ['::1', 6]);
  assert.deepEqual(ask('inner.example', true), ['refused_address']);
  assert.deepEqual(ask('inner.example', false), ['refused_address']);
  assert.deepEqual(ask('nobody.example', true), ['not found']);
});
