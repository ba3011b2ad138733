import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { createPardotSimulator } from '../../simulators/pardot/simulator.ts';
import { connectors } from '../connectors/registry.ts';
import type { JsonObject } from '../kernel/json.ts';
import { openHouse, type Answer } from './testing/house.ts';

/** What a sign-in learns of the vendor account, against the Pardot simulator. */

const simulator = await createPardotSimulator();
const house = await openHouse(connectors);
after(async () => {
  await house.close();
  await simulator.close();
});
afterEach(() => simulator.faults.clear());

const create = async (configuration: JsonObject): Promise<Answer> =>
  house.call('POST', '/instances', {
    element: { key: 'pardot' },
    name: 'My Pardot',
    configuration: {
      'authentication.type': 'apiKey',
      'base.url': simulator.url,
      'apikey.user.name': simulator.credentials.email,
      'apikey.user.password': simulator.credentials.password,
      'apikey.user.key': simulator.credentials.userKey,
      ...configuration,
    },
  });

async function factsOf({ body }: Answer): Promise<JsonObject | undefined> {
  return (await house.instances.load(Number(body['id'])))?.facts;
}

test('a version that the account does not take is switched at sign-in and remembered', async () => {
  for (const [configured, taken] of [
    ['3', '4'],
    ['4', '3'],
  ] as const) {
    simulator.account.ampsea = taken === '4';
    const created = await create({ 'provider.version': configured });
    assert.equal(created.status, 200, created.body.message);
    assert.equal((await factsOf(created))?.['version'], taken);
    const right = await create({ 'provider.version': taken });
    assert.equal(right.status, 200, right.body.message);
    assert.equal((await factsOf(right))?.['version'], undefined);
  }
});

test('a sign-in asks in another way once only', async () => {
  simulator.account.ampsea = true;
  const body = { '@attributes': { stat: 'fail', err_code: 88 }, err: 'Your account must use version 4' };
  simulator.faults.add({ path: '/api/account', effect: { kind: 'reply', status: 200, body } });
  const refused = await create({ 'provider.version': '3' });
  assert.equal(refused.status, 400);
  assert.match(refused.body.providerMessage ?? '', /code 88/);
  assert.deepEqual(
    simulator.requests
      .list('/api/account')
      .slice(-2)
      .map((request) => request.path),
    ['/api/account/version/3/do/read', '/api/account/version/4/do/read'],
  );
});
