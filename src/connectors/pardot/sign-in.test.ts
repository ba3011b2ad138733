import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { pardot } from './connector.ts';
import { versionOf } from './dialect.ts';
import {
  openAccount,
  readFeed,
  resourceOf,
  type AccountOptions,
  type TestAccount,
} from './testing/account.ts';

/** Signing in, and what is learnt of an account, against the simulator over HTTP. */

const opened: TestAccount[] = [];
after(() => Promise.all(opened.map(({ simulator }) => simulator.close())));
const open = async (options: AccountOptions): Promise<TestAccount> => {
  const account = await openAccount(options);
  opened.push(account);
  return account;
};

describe('signing in again', async () => {
  test('a key of an hour is renewed when it is refused, in JSON or XML, and once only', async () => {
    const account = await open({ dialect: 'legacy' });
    const { simulator } = account;
    await account.call(pardot.identify.request(account.configuration));
    simulator.clock.advance(3_600_000);
    await account.call(pardot.identify.request(account.configuration));
    simulator.faults.add({ path: '/api/account', times: 1, effect: { kind: 'vendor', name: 'api-key-xml' } });
    await account.call(pardot.identify.request(account.configuration));
    simulator.faults.add({ path: '/api/account', times: 2, effect: { kind: 'vendor', name: 'api-key' } });
    await assert.rejects(account.call(pardot.identify.request(account.configuration)), /code 1/);
  });

  for (const rotatesRefreshTokens of [false, true]) {
    test(`a session that ended is refreshed, refresh tokens ${rotatesRefreshTokens ? '' : 'not '}rotating`, async () => {
      const account = await open({ dialect: 'v5', app: { rotatesRefreshTokens } });
      for (let round = 0; round < 3; round += 1) {
        account.simulator.clock.advance(3 * 3_600_000);
        await account.call(pardot.identify.request(account.configuration));
      }
      account.simulator.faults.add({ times: 1, path: '/api', effect: { kind: 'vendor', name: 'token-200' } });
      await account.call(pardot.identify.request(account.configuration));
    });
  }
});

describe('what the account turns out to be', async () => {
  test('the version it takes is found by asking, and used from then on', async () => {
    const account = await open({ dialect: 'legacy', configuration: { 'provider.version': '3' } });
    const context = await account.contextOf(resourceOf('contacts'));
    assert.deepEqual(context.discovered, { version: '4' });
    const feed = await account.feed('contacts', 'updated');
    assert.deepEqual(await readFeed(account, feed), []);
    assert.equal(account.asked.at(-1)?.path, '/api/prospect/version/4/do/query');
    account.simulator.account.ampsea = false;
    assert.deepEqual((await account.contextOf(resourceOf('leads'))).discovered, {});
    account.configuration['provider.version'] = '4';
    assert.deepEqual((await account.contextOf(resourceOf('leads'))).discovered, { version: '3' });
  });

  test('what was learnt at sign-in is asked with first, and what is found lately counts most', async () => {
    const account = await open({ dialect: 'legacy' });
    const bare = await account.contextOf(resourceOf('lists'));
    const context = { ...bare, facts: { version: '3' } };
    assert.equal(versionOf({ ...context, discovered: {} }), '3');
    assert.equal(versionOf({ ...context, discovered: { version: '4' } }), '4');
    const { path } = resourceOf('lists').discover!.request(context);
    assert.equal(path, '/api/list/version/3/do/query');
  });

  test('a discovery that fails leaves the failure to the real question', async () => {
    const account = await open({ dialect: 'legacy' });
    for (const name of ['api-key', 'daily-limit-legacy', 'api-key-xml']) {
      account.simulator.faults.add({ path: '/api/prospect', times: 1, effect: { kind: 'vendor', name } });
      assert.deepEqual((await account.contextOf(resourceOf('contacts'))).discovered, {});
    }
  });
});

test('a zone that does not exist is refused when signing in', () => {
  assert.throws(() => pardot.identify.request({ timezone: 'Mars/Olympus' }), /no time zone/);
});
