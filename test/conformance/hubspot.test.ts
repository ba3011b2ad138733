import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, Signature } from '@hubspot/api-client';
import { FilterOperatorEnum } from '@hubspot/api-client/lib/codegen/crm/contacts/index.js';
import { AssociationSpecAssociationCategoryEnum } from '@hubspot/api-client/lib/codegen/crm/deals/index.js';
import { SubscriptionCreateRequestEventTypeEnum } from '@hubspot/api-client/lib/codegen/webhooks/index.js';
import { createClock } from '../../simulators/core/clock.ts';
import { createWebhookReceiver } from '../../simulators/core/webhook-receiver.ts';
import type { WebhookReceiver } from '../../simulators/core/webhook-receiver.ts';
import { createHubSpotSimulator } from '../../simulators/hubspot/simulator.ts';
import type { HubSpotSimulator } from '../../simulators/hubspot/simulator.ts';

const START = Date.parse('2026-11-20T09:15:00.250Z');

interface Rejection {
  code: number;
  body: { message?: string; category?: string; error?: string; policyName?: string };
}

/** The client rejects with an object that carries status and body. */
async function rejection(call: Promise<unknown>): Promise<Rejection> {
  try {
    await call;
  } catch (error) {
    return error as Rejection;
  }
  throw new Error('the call was expected to fail');
}

describe('the official HubSpot client against the simulator', () => {
  let simulator: HubSpotSimulator;
  let receiver: WebhookReceiver;
  let client: Client;

  const clientWith = (more: { accessToken?: string; developerApiKey?: string }): Client =>
    new Client({ basePath: simulator.url, numberOfApiCallRetries: 0, ...more });

  before(async () => {
    const clock = createClock(START);
    // The client's calls come faster than the vendor allows; its limits have tests of their own.
    const limits = { searchesPerSecond: 1000, burst: 10_000 };
    simulator = await createHubSpotSimulator({ clock, seeded: false, limits });
    receiver = await createWebhookReceiver();
    client = clientWith({ accessToken: simulator.credentials.accessToken });
  });
  after(async () => {
    await simulator.close();
    await receiver.close();
  });

  it('a contact is created, read, updated, archived and met in the bin', async () => {
    const { basicApi } = client.crm.contacts;
    const made = await basicApi.create({
      properties: { email: 'ada@x.example', firstname: 'Ada', lastname: 'Lovelace' },
    });
    assert.match(made.id, /^8\d{10}$/);
    assert.deepEqual(made.createdAt, new Date(START));
    simulator.clock.advance(5_000);
    await basicApi.update(made.id, { properties: { lastname: 'King' } });
    const read = await basicApi.getById(made.id, ['lastname', 'phone', 'no_such_property']);
    assert.deepEqual(read.properties, {
      lastname: 'King',
      phone: null,
      createdate: '2026-11-20T09:15:00.250Z',
      lastmodifieddate: '2026-11-20T09:15:05.250Z',
      hs_object_id: made.id,
    });
    assert.equal(
      (await basicApi.getById('ADA@x.example', undefined, undefined, undefined, false, 'email')).id,
      made.id,
    );
    assert.equal((await rejection(basicApi.create({ properties: { email: 'ada@x.example' } }))).code, 409);
    await basicApi.archive(made.id);
    await basicApi.archive(made.id);
    const { code, body } = await rejection(basicApi.getById(made.id));
    assert.deepEqual([code, body.category], [404, 'OBJECT_NOT_FOUND']);
    const bin = await basicApi.getPage(100, undefined, [], [], [], true);
    assert.deepEqual(
      bin.results.map((one) => [one.id, one.archived, one.archivedAt]),
      [[made.id, true, new Date(START + 5_000)]],
    );
  });

  it('search pages in the order of changes and never shows archived records', async () => {
    simulator.seedMany(450, 10);
    const gone = simulator.store.contacts.sorted('updatedAt').at(-1)!;
    simulator.store.contacts.remove(gone.id);
    const { searchApi } = client.crm.contacts;
    const from = String(START - 60_000);
    const stamps: string[] = [];
    const ids = new Set<string>();
    let after: string | undefined;
    let total = 0;
    do {
      const page = await searchApi.doSearch({
        filterGroups: [
          { filters: [{ propertyName: 'lastmodifieddate', operator: FilterOperatorEnum.Gte, value: from }] },
        ],
        sorts: ['lastmodifieddate'],
        properties: ['email'],
        limit: 200,
        ...(after === undefined ? {} : { after }),
      });
      total = page.total;
      for (const { id, properties } of page.results) {
        ids.add(id);
        stamps.push(properties['lastmodifieddate'] ?? '');
      }
      after = page.paging?.next?.after;
    } while (after !== undefined);
    assert.deepEqual([total, ids.size], [449, 449]);
    assert.deepEqual(stamps, stamps.toSorted());
    assert.ok(!ids.has(String(gone.id)));
  });

  it('search asked for the wrong change stamp finds nothing and says nothing', async () => {
    const page = await client.crm.contacts.searchApi.doSearch({
      filterGroups: [
        { filters: [{ propertyName: 'hs_lastmodifieddate', operator: FilterOperatorEnum.Gte, value: '0' }] },
      ],
    });
    assert.equal(page.total, 0);
  });

  it('lists page by id, reads come in batches, and what is missing is named', async () => {
    const { basicApi, batchApi } = client.crm.contacts;
    const all = await client.crm.contacts.getAll(100, undefined, ['email']);
    assert.equal(all.length, 449);
    const ids = all.slice(0, 99).map(({ id }) => ({ id }));
    const batch = await batchApi.read({
      inputs: [...ids, { id: '999' }],
      properties: ['email'],
      propertiesWithHistory: [],
    });
    assert.deepEqual([batch.status, batch.results.length], ['COMPLETE', 99]);
    assert.deepEqual('errors' in batch && (batch.errors as Array<{ context: unknown }>)[0]?.context, {
      ids: ['999'],
    });
    assert.equal((await rejection(basicApi.getPage(101))).code, 400);
  });

  it('companies and deals, their links, and merging', async () => {
    const company = await client.crm.companies.basicApi.create({
      properties: { name: 'Acme', domain: 'a.example' },
    });
    const types = [
      { associationCategory: AssociationSpecAssociationCategoryEnum.HubspotDefined, associationTypeId: 341 },
    ];
    const deal = await client.crm.deals.basicApi.create({
      properties: { dealname: 'Big', amount: '1200', dealstage: 'appointmentscheduled', pipeline: 'default' },
      associations: [{ to: { id: company.id }, types }],
    });
    const read = await client.crm.deals.basicApi.getById(deal.id, ['amount'], undefined, ['companies']);
    assert.deepEqual(
      read.associations?.['companies']?.results.map(({ id, type }) => [id, type]),
      [[company.id, 'deal_to_company']],
    );
    const refusal = await rejection(
      client.crm.deals.basicApi.create({ properties: { amount: 'many', dealname: 'x' } }),
    );
    assert.match(refusal.body.message ?? '', /INVALID_DOUBLE/);
    const other = await client.crm.companies.basicApi.create({
      properties: { name: 'Acme Inc', phone: '1' },
    });
    const merged = await client.crm.companies.basicApi.merge({
      primaryObjectId: company.id,
      objectIdToMerge: other.id,
    });
    assert.equal(merged.id, company.id);
    assert.equal((await rejection(client.crm.companies.basicApi.getById(other.id))).code, 404);
    const winner = await client.crm.companies.basicApi.getById(company.id, ['hs_merged_object_ids', 'phone']);
    assert.deepEqual(
      [winner.properties['hs_merged_object_ids'], winner.properties['phone']],
      [other.id, '1'],
    );
  });

  it('owners and property definitions', async () => {
    const owners = await client.crm.owners.ownersApi.getPage();
    assert.deepEqual(
      owners.results.map(({ email, archived }) => [email, archived]),
      [
        ['ada@acme.example', false],
        ['bea@acme.example', false],
      ],
    );
    const { results } = await client.crm.properties.coreApi.getAll('contacts');
    const readOnly = new Map(results.map((one) => [one.name, one.modificationMetadata?.readOnlyValue]));
    assert.deepEqual([readOnly.get('lastmodifieddate'), readOnly.get('email')], [true, false]);
  });

  it('a consent becomes tokens, an access token ends after 30 minutes, and a revoked refresh token for good', async () => {
    const { clientId, clientSecret, portalId } = simulator.credentials;
    const callback = 'http://127.0.0.1:9/callback';
    const page = new URL(
      client.oauth.getAuthorizationUrl(clientId, callback, 'crm.objects.contacts.read', undefined, 'S1'),
    );
    const answered = new URL(await simulator.consent(`${simulator.url}${page.pathname}${page.search}`));
    assert.equal(answered.searchParams.get('state'), 'S1');
    const code = answered.searchParams.get('code') ?? '';
    const anonymous = clientWith({});
    const { tokensApi } = anonymous.oauth;
    const first = await tokensApi.create('authorization_code', code, callback, clientId, clientSecret);
    const reused = await rejection(
      tokensApi.create('authorization_code', code, callback, clientId, clientSecret),
    );
    assert.equal(reused.body.error, 'invalid_grant');
    const second = await tokensApi.create(
      'refresh_token',
      undefined,
      callback,
      clientId,
      clientSecret,
      first.refreshToken,
    );
    assert.equal(second.refreshToken, first.refreshToken);
    const info = await anonymous.oauth.accessTokensApi.get(second.accessToken);
    assert.deepEqual([info.hubId, info.expiresIn], [portalId, 1800]);
    const mine = clientWith({ accessToken: second.accessToken });
    assert.equal((await mine.crm.contacts.basicApi.getPage(1)).results.length, 1);
    assert.equal((await rejection(mine.crm.companies.basicApi.getPage(1))).body.category, 'MISSING_SCOPES');
    simulator.clock.advance(1_800_000);
    assert.equal(
      (await rejection(mine.crm.contacts.basicApi.getPage(1))).body.category,
      'EXPIRED_AUTHENTICATION',
    );
    await anonymous.oauth.refreshTokensApi.archive(first.refreshToken);
    const dead = await rejection(
      tokensApi.create('refresh_token', undefined, callback, clientId, clientSecret, first.refreshToken),
    );
    assert.deepEqual([dead.code, dead.body.message], [400, 'missing or invalid refresh token']);
  });

  it('webhooks are set up, sent, and signed so that the client takes the signatures', async () => {
    const { appId, developerApiKey, clientSecret } = simulator.credentials;
    const developer = clientWith({ developerApiKey });
    const { settingsApi, subscriptionsApi } = developer.webhooks;
    await settingsApi.configure(appId, {
      targetUrl: receiver.url,
      throttling: { maxConcurrentRequests: 10 },
    });
    const eventType = SubscriptionCreateRequestEventTypeEnum.ContactCreation;
    await subscriptionsApi.create(appId, { eventType, active: true });
    assert.equal((await subscriptionsApi.getAll(appId)).results.length, 1);
    const made = await client.crm.contacts.basicApi.create({ properties: { email: 'new@x.example' } });
    await simulator.webhooks.idle();
    const [delivery] = receiver.received;
    assert.ok(delivery);
    const { headers, body } = delivery;
    assert.deepEqual(
      (JSON.parse(body) as Array<Record<string, unknown>>).map((one) => [
        one['subscriptionType'],
        one['objectId'],
      ]),
      [['contact.creation', Number(made.id)]],
    );
    assert.ok(
      Signature.isValid({
        clientSecret,
        requestBody: body,
        signature: String(headers['x-hubspot-signature']),
        signatureVersion: 'v1',
      }),
    );
    const timestamp = Number(headers['x-hubspot-request-timestamp']);
    const signature = String(headers['x-hubspot-signature-v3']);
    const signed = { clientSecret, requestBody: body, url: receiver.url, timestamp, signature };
    assert.equal(Signature.getSignature('POST', 'v3', signed), signature);
  });
});
