import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v1 from 'pipedrive/v1';
import * as v2 from 'pipedrive/v2';
import { createClock } from '../../simulators/core/clock.ts';
import { createWebhookReceiver } from '../../simulators/core/webhook-receiver.ts';
import type { WebhookReceiver } from '../../simulators/core/webhook-receiver.ts';
import { createPipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import type { PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
const SCORE = 'f699f454bfc8aaa65063207da2a4ddd89bd4c640';

/** The client rejects with the bare error body. */
async function rejection(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('the call was expected to fail');
}

describe('the official Pipedrive client against the simulator', () => {
  let simulator: PipedriveSimulator;
  let receiver: WebhookReceiver;
  let first: v1.Configuration;
  let second: v2.Configuration;

  before(async () => {
    simulator = await createPipedriveSimulator({ clock: createClock(START), seeded: false });
    receiver = await createWebhookReceiver();
    const { apiToken: apiKey } = simulator.credentials;
    first = new v1.Configuration({ apiKey, basePath: `${simulator.url}/v1` });
    second = new v2.Configuration({ apiKey, basePath: `${simulator.url}/api/v2` });
  });
  after(async () => {
    await simulator.close();
    await receiver.close();
  });

  it('a person is created, read, updated and deleted', async () => {
    const persons = new v2.PersonsApi(second);
    const made = await persons.addPerson({
      AddPersonRequest: {
        name: 'Ada Lovelace',
        emails: [{ value: 'ada@x.example', primary: true, label: 'work' }],
        custom_fields: { [SCORE]: 7 },
      },
    });
    const id = made.data?.id ?? 0;
    assert.deepEqual([made.success, id, made.data?.add_time], [true, 1, '2026-11-20T09:15:00Z']);
    simulator.clock.advance(5_000);
    const updated = await persons.updatePerson({ id, UpdatePersonRequest: { name: 'Ada King' } });
    assert.deepEqual(
      [updated.data?.last_name, updated.data?.update_time, updated.data?.custom_fields],
      ['King', '2026-11-20T09:15:05Z', { [SCORE]: 7 }],
    );
    assert.deepEqual((await persons.getPerson({ id })).data, updated.data);
    assert.deepEqual(await persons.deletePerson({ id }), { success: true, data: { id } });
    assert.equal((await persons.getPerson({ id })).data?.is_deleted, true);
    // 410 carries the body of a success; the client turns the status into a rejection.
    assert.deepEqual(await rejection(persons.deletePerson({ id })), { success: true, data: { id } });
  });

  it('updated_since in ascending order pages to the end, ties and all, without gap or repeat', async () => {
    simulator.seedMany(1_250, 100);
    const persons = new v2.PersonsApi(second);
    const seen: number[] = [];
    const stamps: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await persons.getPersons({
        updated_since: '2026-11-20T09:15:00Z',
        sort_by: 'update_time',
        sort_direction: 'asc',
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const person of page.data ?? []) {
        seen.push(person.id ?? 0);
        stamps.push(person.update_time ?? '');
      }
      cursor = page.additional_data?.next_cursor ?? undefined;
      pages += 1;
    } while (cursor !== undefined);
    const expected = simulator.store.persons
      .sorted()
      .filter((one) => one.deletedAt === null && one.updatedAt >= START)
      .map((one) => one.id);
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      expected,
    );
    assert.deepEqual(stamps, [...stamps].sort());
    assert.deepEqual([seen.length, pages], [600, 3]);
  });

  it('organizations and deals, the archived ones too', async () => {
    const organizations = new v2.OrganizationsApi(second);
    const made = await organizations.addOrganization({
      AddOrganizationRequest: { name: 'Org', address: { value: 'Harbour Street 1', locality: 'Tallinn' } },
    });
    const orgId = made.data?.id ?? 0;
    assert.deepEqual(made.data?.address, { value: 'Harbour Street 1', locality: 'Tallinn' });
    const deals = new v2.DealsApi(second);
    const deal = await deals.addDeal({
      AddDealRequest: { title: 'Big', value: 1200, currency: 'EUR', org_id: orgId },
    });
    const id = deal.data?.id ?? 0;
    await deals.updateDeal({ id, UpdateDealRequest: { is_archived: true } });
    assert.deepEqual((await deals.getDeals({})).data, []);
    const archived = await deals.getArchivedDeals({ org_id: orgId });
    assert.deepEqual(
      archived.data?.map((one) => [one.id, one.title, one.is_archived]),
      [[id, 'Big', true]],
    );
    await deals.deleteDeal({ id });
    assert.deepEqual(
      (await deals.getArchivedDeals({ status: 'deleted' })).data?.map((one) => one.id),
      [id],
    );
  });

  it('errors carry the vendor body', async () => {
    const persons = new v2.PersonsApi(second);
    const invalid = await rejection(
      persons.addPerson({ AddPersonRequest: { name: 'x', email: 'a@b' } as v2.AddPersonRequest }),
    );
    assert.equal(
      invalid['error'],
      "Validation failed: email: Parameter 'email' is not allowed for this request",
    );
    assert.equal(invalid['code'], 'ERR_SCHEMA_VALIDATION_FAILED');
    assert.equal((await rejection(persons.getPerson({ id: 999_999 })))['error'], 'Person not found');
    const fraction = await rejection(persons.getPersons({ updated_since: '2026-11-20T09:15:00.000Z' }));
    assert.equal(fraction['code'], 'ERR_SCHEMA_VALIDATION_FAILED');
    const stranger = new v2.Configuration({ apiKey: 'nobody', basePath: `${simulator.url}/api/v2` });
    const refused = await rejection(new v2.PersonsApi(stranger).getPersons({}));
    assert.deepEqual([refused['success'], refused['errorCode']], [false, 401]);
    simulator.faults.add({ times: 1, effect: { kind: 'vendor', name: 'rate-limit' } });
    const limited = await rejection(persons.getPersons({}));
    assert.deepEqual([limited['error'], limited['errorCode']], ['request over limit', 429]);
  });

  it('users and the recent changes of all kinds, deletions and merges included', async () => {
    const me = await new v1.UsersApi(first).getCurrentUser();
    assert.deepEqual([me.data?.email, me.data?.company_id], ['ada@acme.example', 8_087_566]);
    const users = await new v1.UsersApi(first).getUsers();
    assert.deepEqual(
      users.data?.map((one) => one.name),
      ['Ada Almeida', 'Bea Berg', 'Carlos Castro'],
    );
    simulator.clock.advance(60_000);
    const since = new Date(simulator.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
    simulator.clock.advance(1_000);
    const { persons, organizations } = simulator.store;
    const winner = persons.create({ name: 'Winner' });
    const loser = persons.create({ name: 'Loser' });
    const organization = organizations.create({ name: 'Short-lived' });
    organizations.remove(organization.id);
    simulator.clock.advance(1_000);
    await new v1.PersonsApi(first).mergePersons({
      id: loser.id,
      MergePersonsRequest: { merge_with_id: winner.id },
    });
    const recents = await new v1.RecentsApi(first).getRecents({ since_timestamp: since });
    const items = (recents.data ?? []) as Array<{
      item?: string;
      id?: number;
      data?: { active_flag?: boolean } | null;
    }>;
    assert.deepEqual(
      items.map((one) => [one.item, one.id, one.data?.active_flag]),
      [
        ['organization', organization.id, false],
        ['person', winner.id, true],
        ['person', loser.id, undefined],
      ],
    );
    const none = await new v1.RecentsApi(first).getRecents({ since_timestamp: '2026-12-31 00:00:00' });
    assert.equal(none.data, null);
  });

  it('a webhook is added, listed, really delivered, and deleted', async () => {
    const webhooks = new v1.WebhooksApi(first);
    const added = await webhooks.addWebhook({
      AddWebhookRequest: {
        subscription_url: receiver.url,
        event_action: '*',
        event_object: 'person',
        name: 'conformance',
        version: '2.0',
        http_auth_user: 'hook',
        http_auth_password: 'secret',
      },
    });
    const id = added.data?.id ?? 0;
    const listed = (await webhooks.getWebhooks()).data as Array<{ id?: number; event_object?: string }>;
    assert.deepEqual(
      listed.map((one) => [one.id, one.event_object]),
      [[id, 'person']],
    );
    const made = await new v2.PersonsApi(second).addPerson({ AddPersonRequest: { name: 'Hooked' } });
    await simulator.webhooks.idle();
    const [delivery] = receiver.received;
    const body = JSON.parse(delivery?.body ?? '{}') as {
      meta: Record<string, unknown>;
      data: Record<string, unknown>;
    };
    assert.equal(
      delivery?.headers['authorization'],
      `Basic ${Buffer.from('hook:secret').toString('base64')}`,
    );
    assert.deepEqual(
      [body.meta['action'], body.meta['entity_id'], body.meta['webhook_id'], body.data['name']],
      ['create', String(made.data?.id), String(id), 'Hooked'],
    );
    assert.equal((await webhooks.deleteWebhook({ id })).success, true);
    await new v2.PersonsApi(second).addPerson({ AddPersonRequest: { name: 'Unheard' } });
    await simulator.webhooks.idle();
    assert.equal(receiver.received.length, 1);
    const refused = await rejection(
      webhooks.addWebhook({
        AddWebhookRequest: { subscription_url: 'x', event_action: '*', event_object: '*', name: 'n' },
      }),
    );
    assert.deepEqual(refused['errors'], { subscription_url: ['must be a full and valid URL'] });
  });

  it('OAuth by consent, refresh when the token has expired, and revocation', async () => {
    const { clientId, clientSecret } = simulator.credentials;
    const redirectUri = 'http://127.0.0.1:1/callback';
    const oauth = new v1.OAuth2Configuration({ clientId, clientSecret, redirectUri, host: simulator.url });
    const callback = new URL(await simulator.consent(oauth.authorizationUrl));
    const token = await oauth.authorize(callback.searchParams.get('code') ?? '');
    assert.deepEqual([token.token_type, token.expires_in, token.api_domain], ['Bearer', 3600, simulator.url]);
    const bearer = (): v2.PersonsApi =>
      new v2.PersonsApi(
        new v2.Configuration({ accessToken: oauth.getAccessToken, basePath: `${simulator.url}/api/v2` }),
      );
    assert.equal((await bearer().getPersons({ limit: 1 })).data?.length, 1);
    simulator.clock.advance(3_600_000);
    assert.equal((await rejection(bearer().getPersons({ limit: 1 })))['errorCode'], 401);
    const renewed = await oauth.tokenRefresh();
    assert.equal(renewed.refresh_token, token.refresh_token);
    assert.equal((await bearer().getPersons({ limit: 1 })).success, true);
    await oauth.revokeToken('refresh_token');
    assert.equal((await rejection(oauth.tokenRefresh()))['error'], 'invalid_grant');
  });

  it('the simulator runs as a process of its own, prints its address and ends on SIGTERM', async () => {
    const main = fileURLToPath(new URL('../../simulators/pipedrive/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /^pipedrive simulator at (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(String(line))?.[1] ?? '';
    const rules = [{ path: '/v1/users', times: 1, effect: { kind: 'vendor', name: 'payment-required' } }];
    await fetch(`${url}/__simulator/faults`, { method: 'POST', body: JSON.stringify({ rules }) });
    const statuses = [(await fetch(`${url}/v1/users`)).status, (await fetch(`${url}/v1/users`)).status];
    assert.deepEqual(statuses, [402, 401]);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
});
