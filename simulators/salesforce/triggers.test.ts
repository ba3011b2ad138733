import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createWebhookReceiver } from '../core/webhook-receiver.ts';
import type { WebhookReceiver } from '../core/webhook-receiver.ts';
import { createSalesforceSimulator } from './simulator.ts';
import type { SalesforceOptions, SalesforceSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');

type Row = Record<string, unknown>;
type Body = { action: string; objects: Array<Row & { attributes: { type: string; url: string } }> };

describe('Salesforce code that was deployed through the Tooling API', () => {
  let simulator: SalesforceSimulator;
  let receiver: WebhookReceiver;
  const start = async (options: SalesforceOptions = {}): Promise<void> => {
    await simulator?.close();
    simulator = await createSalesforceSimulator({ clock: createClock(START), seeded: false, ...options });
  };
  beforeEach(async () => {
    receiver = await createWebhookReceiver();
    await start();
  });
  afterEach(async () => {
    await simulator.close();
    await receiver.close();
  });

  const tooling = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Row }> => {
    const answer = await fetch(`${simulator.url}/services/data/v66.0/tooling${path}`, {
      method,
      headers: {
        authorization: `Bearer ${simulator.credentials.accessToken}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    return { status: answer.status, body: (Array.isArray(parsed) ? parsed[0] : parsed) as Row };
  };
  const site = (): ReturnType<typeof tooling> =>
    tooling('POST', '/sobjects/RemoteProxy', {
      FullName: 'TidingsHook',
      Metadata: {
        url: new URL(receiver.url).origin,
        isActive: true,
        disableProtocolSecurity: false,
        description: null,
      },
    });
  const hook = (): ReturnType<typeof tooling> =>
    tooling('POST', '/sobjects/ApexClass', {
      Name: 'TidingsHook',
      ApiVersion: 66,
      Status: 'Active',
      Body: `public class TidingsHook {
        @future(callout=true) static void send(String body) {
          HttpRequest request = new HttpRequest();
          request.setEndpoint('${receiver.url}');
          request.setHeader('Element-Instances', '17');
          request.setHeader('X-Signature', 'sha256=' + EncodingUtil.base64Encode(
            Crypto.generateMac('hmacSHA256', Blob.valueOf(body), Blob.valueOf('k3y'))));
        }
      }`,
    });
  const trigger = (object: string, Body?: string): ReturnType<typeof tooling> =>
    tooling('POST', '/sobjects/ApexTrigger', {
      Name: `TidingsHook${object}`,
      TableEnumOrId: object,
      ApiVersion: 66,
      Status: 'Active',
      Body:
        Body ??
        `trigger TidingsHook${object} on ${object} (after insert, after update, after delete, after undelete) {
          TidingsHook.run(Trigger.isDelete ? Trigger.old : Trigger.new, Trigger.operationType);
        }`,
    });
  const received = async (): Promise<Body[]> => {
    // The trigger runs after the change, the callout after the trigger.
    await Promise.resolve();
    await simulator.triggers?.idle();
    return receiver.received.map(({ body }) => JSON.parse(body) as Body);
  };

  it('a trigger posts what changed, whose header and signature its class sets', async () => {
    assert.deepEqual(
      [(await site()).status, (await hook()).status, (await trigger('Account')).status],
      [201, 201, 201],
    );
    const { accounts, contacts } = simulator.store;
    const { id } = accounts.create({ Name: 'A' });
    await received();
    accounts.update(id, { Name: 'B' });
    await received();
    accounts.remove(id);
    await received();
    accounts.restore(id);
    contacts.create({ LastName: 'not watched' });
    const bodies = await received();
    assert.deepEqual(
      bodies.map(({ action, objects }) => [action, objects[0]?.attributes.type, objects[0]?.['Name']]),
      [
        ['insert', 'Account', 'A'],
        ['update', 'Account', 'B'],
        ['delete', 'Account', 'B'],
        ['undelete', 'Account', 'B'],
      ],
    );
    assert.equal('Phone' in bodies[0]!.objects[0]!, false, 'what is empty is left out');
    const [first] = receiver.received;
    assert.equal(first?.headers['element-instances'], '17');
    const mac = createHmac('sha256', 'k3y')
      .update(first?.body ?? '')
      .digest('base64');
    assert.equal(first?.headers['x-signature'], `sha256=${mac}`);
  });

  it('records changed at once come together, two hundred at most, and are never sent again', async () => {
    await site();
    await hook();
    await trigger('Lead');
    receiver.answers.push(500);
    for (let nth = 0; nth < 450; nth += 1)
      simulator.store.leads.create({ LastName: `L${nth}`, Company: 'C' });
    assert.deepEqual(
      (await received()).map(({ objects }) => objects.length).toSorted((a, b) => a - b),
      [50, 200, 200],
    );
    simulator.clock.advance(86_400_000);
    assert.equal((await received()).length, 3);
    assert.equal(simulator.triggers?.deliveries().filter(({ state }) => state === 'failed').length, 1);
  });

  it('nothing leaves without an active remote site', async () => {
    await hook();
    await trigger('Account');
    simulator.store.accounts.create({ Name: 'A' });
    assert.deepEqual(await received(), []);
    assert.deepEqual(simulator.triggers?.blocked(), [receiver.url]);
  });

  it('names are taken once, code must compile, a class in use stays', async () => {
    await site();
    const { body } = await hook();
    assert.equal((await hook()).body['errorCode'], 'DUPLICATE_VALUE');
    assert.equal((await site()).body['errorCode'], 'DUPLICATE_DEVELOPER_NAME');
    for (const code of [
      'nonsense',
      'trigger Other on Account (after insert) { TidingsHook.run(); }',
      'trigger TidingsHookAccount on Account (after insert) { Missing.run(); }',
    ]) {
      const refused = await trigger('Account', code);
      assert.equal(refused.status, 400);
      assert.match(String(refused.body['message']), /line \d+, column \d+/);
    }
    const made = await trigger('Account');
    const classPath = `/sobjects/ApexClass/${String(body['id'])}`;
    assert.equal((await tooling('DELETE', classPath)).body['errorCode'], 'DEPENDENCY_EXISTS');
    const soql = "SELECT Id, Name, TableEnumOrId FROM ApexTrigger WHERE Name = 'TidingsHookAccount'";
    const found = await tooling('GET', `/query?q=${encodeURIComponent(soql)}`);
    assert.deepEqual(
      (found.body['records'] as Row[]).map((row) => [row['Id'], row['TableEnumOrId']]),
      [[made.body['id'], 'Account']],
    );
    assert.equal((await tooling('DELETE', `/sobjects/ApexTrigger/${String(made.body['id'])}`)).status, 204);
    assert.equal((await tooling('DELETE', classPath)).status, 204);
    simulator.store.accounts.create({ Name: 'A' });
    assert.deepEqual(await received(), []);
  });

  it('an org in production takes no code', async () => {
    await start({ edition: 'production' });
    assert.equal((await site()).status, 201);
    const refused = await hook();
    assert.equal(refused.status, 400);
    assert.match(String(refused.body['message']), /not supported in active organizations/);
  });
});
