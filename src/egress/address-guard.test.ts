import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { refuseAddress } from './address-guard.ts';
import { parsePrivateNetworks } from './private-networks.ts';

const none = parsePrivateNetworks(false);
const all = parsePrivateNetworks(true);

type Verdict = 'private' | 'never' | undefined;

/** address, refusal by default, refusal with allowPrivate true */
const ADDRESSES: [string, Verdict, Verdict][] = [
  ['8.8.8.8', undefined, undefined],
  ['1.1.1.1', undefined, undefined],
  ['172.15.255.255', undefined, undefined],
  ['172.32.0.0', undefined, undefined],
  ['100.63.255.255', undefined, undefined],
  ['223.255.255.255', undefined, undefined],
  ['2606:4700:4700::1111', undefined, undefined],
  ['2a00:1450:4001:81b::200e', undefined, undefined],
  ['127.0.0.1', 'private', undefined],
  ['127.255.255.254', 'private', undefined],
  ['10.0.0.1', 'private', undefined],
  ['10.255.255.255', 'private', undefined],
  ['172.16.0.1', 'private', undefined],
  ['172.31.255.255', 'private', undefined],
  ['192.168.1.1', 'private', undefined],
  ['100.64.0.1', 'private', undefined],
  ['::1', 'private', undefined],
  ['fc00::1', 'private', undefined],
  ['fd12:3456::1', 'private', undefined],
  // Embedded IPv4: mapped, NAT64, local NAT64 in its four forms, 6to4.
  ['::ffff:8.8.8.8', undefined, undefined],
  ['::ffff:127.0.0.1', 'private', undefined],
  ['::127.0.0.1', 'private', undefined],
  ['::ffff:7f00:1', 'private', undefined],
  ['0:0:0:0:0:ffff:a00:1', 'private', undefined],
  ['64:ff9b::8.8.8.8', undefined, undefined],
  ['64:ff9b::10.0.0.1', 'private', undefined],
  ['64:ff9b:1::8.8.8.8', undefined, undefined],
  ['64:ff9b:1::10.0.0.1', 'private', undefined],
  ['64:ff9b:1:a00:0:100::', 'private', undefined],
  ['64:ff9b:1:808:8:800::', undefined, undefined],
  ['64:ff9b:1:ab0a:0:1::', 'private', undefined],
  ['64:ff9b:1:abcd:a:0:100:0', 'private', undefined],
  ['64:ff9b:1:abcd::a9fe:a9fe', 'never', 'never'],
  ['2002:808:808::1', undefined, undefined],
  ['2002:7f00:1::', 'private', undefined],
  ['2002:c0a8:101::1', 'private', undefined],
  // Reserved for something else: not even "everything private".
  ['192.0.2.1', 'private', 'private'],
  ['198.18.0.1', 'private', 'private'],
  ['198.51.100.7', 'private', 'private'],
  ['203.0.113.7', 'private', 'private'],
  ['192.88.99.1', 'private', 'private'],
  ['240.0.0.1', 'private', 'private'],
  ['2001:db8::1', 'private', 'private'],
  ['3fff::1', 'private', 'private'],
  ['2001::1', 'private', 'private'],
  ['100::1', 'private', 'private'],
  ['5f00::1', 'private', 'private'],
  ['::7f00:1', 'private', 'private'],
  ['::ffff:0:127.0.0.1', 'private', 'private'],
  ['4000::1', 'private', 'private'],
  // Link-local, metadata, no host at all: never.
  ['169.254.169.254', 'never', 'never'],
  ['169.254.0.1', 'never', 'never'],
  ['::ffff:169.254.169.254', 'never', 'never'],
  ['64:ff9b::a9fe:a9fe', 'never', 'never'],
  ['2002:a9fe:a9fe::', 'never', 'never'],
  ['fe80::1', 'never', 'never'],
  ['fe80::1%eth0', 'never', 'never'],
  ['febf::1', 'never', 'never'],
  ['fec0::1', 'never', 'never'],
  ['fd00:ec2::254', 'never', 'never'],
  ['fd20:ce::254', 'never', 'never'],
  ['fd00:c1::a9fe:a9fe', 'never', 'never'],
  ['fd00:42::42', 'never', 'never'],
  ['fd00:a9fe:a9fe::1', 'never', 'never'],
  ['fd00:100::100:200', 'never', 'never'],
  ['100.100.100.200', 'never', 'never'],
  ['192.0.0.192', 'never', 'never'],
  ['168.63.129.16', 'never', 'never'],
  ['0.0.0.0', 'never', 'never'],
  ['0.1.2.3', 'never', 'never'],
  ['::', 'never', 'never'],
  ['255.255.255.255', 'never', 'never'],
  ['224.0.0.1', 'never', 'never'],
  ['ff02::1', 'never', 'never'],
  ['', 'never', 'never'],
  ['localhost', 'never', 'never'],
];

test('each address is refused as its range says, with and without private networks', () => {
  for (const [address, byDefault, withPrivate] of ADDRESSES) {
    assert.equal(refuseAddress(address, 'example.com', none), byDefault, `${address} by default`);
    assert.equal(refuseAddress(address, 'example.com', all), withPrivate, `${address} with private networks`);
  }
});

test('a listed network permits its own addresses and those that carry them', () => {
  const listed = parsePrivateNetworks(['10.1.0.0/16', '192.168.7.7', 'fd12::/32', '198.18.0.0/15']);
  const refusal = (address: string): Verdict => refuseAddress(address, 'example.com', listed);
  for (const address of [
    '10.1.2.3',
    '::ffff:10.1.2.3',
    '192.168.7.7',
    'fd12:0:1::1',
    '198.19.0.1',
    '8.8.8.8',
  ]) {
    assert.equal(refusal(address), undefined, address);
  }
  for (const address of ['10.2.0.1', '192.168.7.8', 'fd13::1', '127.0.0.1', '::ffff:10.2.0.1', '::1']) {
    assert.equal(refusal(address), 'private', address);
  }
});

test('a listed host permits local addresses to that host only', () => {
  const listed = parsePrivateNetworks(['CRM.internal', 'localhost']);
  assert.equal(refuseAddress('10.0.0.5', 'crm.internal', listed), undefined);
  assert.equal(refuseAddress('10.0.0.5', 'crm.internal.', listed), undefined);
  assert.equal(refuseAddress('::1', 'localhost', listed), undefined);
  assert.equal(refuseAddress('10.0.0.5', 'x.crm.internal', listed), 'private');
  assert.equal(refuseAddress('10.0.0.5', 'example.com', listed), 'private');
  assert.equal(refuseAddress('169.254.169.254', 'crm.internal', listed), 'never');
});

test('metadata stays out of reach of a list that covers everything', () => {
  const everything = parsePrivateNetworks(['0.0.0.0/0', '::/0']);
  assert.equal(refuseAddress('240.0.0.1', 'example.com', everything), undefined);
  assert.equal(refuseAddress('::7f00:1', 'example.com', everything), undefined);
  for (const [address, , withPrivate] of ADDRESSES.filter((row) => row[2] === 'never')) {
    assert.equal(refuseAddress(address, 'example.com', everything), withPrivate, address);
  }
});

test('wrapping an IPv4 address in IPv6 never gets it through', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
      const tail = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      for (const permitted of [none, all]) {
        const bare = refuseAddress(address, 'example.com', permitted);
        for (const wrapped of [`::ffff:${tail}`, `64:ff9b::${tail}`, `2002:${tail}::1`]) {
          assert.equal(refuseAddress(wrapped, 'example.com', permitted), bare, wrapped);
        }
        if (bare !== undefined) {
          assert.notEqual(refuseAddress(`64:ff9b:1::${tail}`, 'example.com', permitted), undefined);
        }
      }
    }),
  );
});

test('an unusable entry of the list is named', () => {
  for (const entry of [
    '',
    '10.0.0.0/33',
    '10.0.0',
    '2130706433',
    'http://intern',
    'a b',
    '-x.org',
    '::/129',
    'x..y',
    '*',
  ]) {
    assert.throws(
      () => parsePrivateNetworks(['10.0.0.0/8', entry]),
      (error: Error) => error.message.includes(`"${entry}"`),
      entry,
    );
  }
});
