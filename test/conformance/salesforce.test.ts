import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import jsforce from 'jsforce';
import { createClock } from '../../simulators/core/clock.ts';
import { createSalesforceSimulator } from '../../simulators/salesforce/simulator.ts';
import type { SalesforceSimulator } from '../../simulators/salesforce/simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
const CALLBACK = 'http://127.0.0.1:1/callback';
const MINUTE = 60_000;

type Saved = { id: string; success: boolean };

async function assertRefused(call: PromiseLike<unknown>, errorCode: string): Promise<void> {
  await assert.rejects(async () => call, { errorCode });
}

describe('jsforce against the Salesforce simulator', () => {
  let simulator: SalesforceSimulator;
  let connection: jsforce.Connection;

  before(async () => {
    simulator = await createSalesforceSimulator({ clock: createClock(START), seeded: false });
    const { accessToken } = simulator.credentials;
    connection = new jsforce.Connection({ instanceUrl: simulator.url, accessToken, version: '66.0' });
  });
  after(() => simulator.close());

  it('a record is created, read, updated, deleted and then gone', async () => {
    const accounts = connection.sobject('Account');
    const made = (await accounts.create({ Name: "O'Hara & Søn" })) as Saved;
    assert.equal(made.success, true);
    assert.match(made.id, /^001[A-Za-z0-9]{15}$/);
    simulator.clock.advance(5_000);
    await accounts.update({ Id: made.id, Industry: 'Retail' });
    const account = await accounts.retrieve(made.id);
    assert.deepEqual(
      [account['Name'], account['Industry'], account['CreatedDate'], account['SystemModstamp']],
      ["O'Hara & Søn", 'Retail', '2026-11-20T09:15:00.000+0000', '2026-11-20T09:15:05.000+0000'],
    );
    const short = await accounts.retrieve(made.id.slice(0, 15));
    assert.equal(short['Id'], made.id, 'fifteen characters are enough');
    await accounts.destroy(made.id);
    await assertRefused(accounts.retrieve(made.id), 'ENTITY_IS_DELETED');
    await assertRefused(accounts.retrieve('001000000000000AAA'), 'NOT_FOUND');
  });

  it('refusals carry the code and the fields', async () => {
    await assertRefused(connection.sobject('Contact').create({ FirstName: 'Ada' }), 'REQUIRED_FIELD_MISSING');
    await assertRefused(connection.sobject('Account').create({ Name: 'x', Nope__c: 1 }), 'INVALID_FIELD');
    await assertRefused(connection.query('SELECT Nope FROM Account'), 'INVALID_FIELD');
    await assertRefused(connection.query('SELECT Id FROM Nope'), 'INVALID_TYPE');
    await assertRefused(connection.query('SELECT Id FORM Account'), 'MALFORMED_QUERY');
    await assertRefused(
      connection.query("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Type = 'c'"),
      'MALFORMED_QUERY',
    );
    await assertRefused(
      connection.query("SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'"),
      'INVALID_FIELD',
    );
    await assertRefused(connection.query('SELECT FIELDS(ALL) FROM Account'), 'MALFORMED_QUERY');
  });

  it('many records are written in one call, each with its own result', async () => {
    const results = (await connection
      .sobject('Contact')
      .create([{ LastName: 'Berg' }, { FirstName: 'only' }, { LastName: 'Ito' }])) as Saved[];
    assert.deepEqual(
      results.map(({ success }) => success),
      [true, false, true],
    );
    const ids = results.flatMap(({ id }) => id ?? []);
    const removed = (await connection.sobject('Contact').destroy(ids)) as Saved[];
    assert.deepEqual(
      removed.map(({ success }) => success),
      [true, true],
    );
  });

  it('an external id finds its record or makes one', async () => {
    const accounts = connection.sobject('Account');
    const first = (await accounts.upsert({ Name: 'Ext', External_Id__c: 'x-12' }, 'External_Id__c')) as Saved;
    await accounts.upsert({ Name: 'Ext renamed', External_Id__c: 'x-12' }, 'External_Id__c');
    const account = await accounts.retrieve(first.id);
    assert.equal(account['Name'], 'Ext renamed');
  });

  it('a query is read to its end whatever the size of its pages', async () => {
    simulator.seedMany(5_001, 700);
    const soql = "SELECT Id, SystemModstamp FROM Account WHERE Name LIKE '% %' ORDER BY SystemModstamp, Id";
    const first = await connection.query(soql);
    assert.deepEqual(
      [first.done, first.records.length, first.totalSize > 5_000, typeof first.nextRecordsUrl],
      [false, 2000, true, 'string'],
    );
    const all = await connection.query<{ Id: string; SystemModstamp: string }>(soql, {
      autoFetch: true,
      maxFetch: 10_000,
    });
    assert.equal(all.records.length, all.totalSize);
    const keys = all.records.map(({ Id, SystemModstamp }) => `${SystemModstamp} ${Id}`);
    assert.deepEqual(keys, [...keys].sort());
    assert.equal(new Set(keys).size, keys.length);
    simulator.clock.advance(48 * 60 * MINUTE + 1);
    await assertRefused(connection.queryMore(first.nextRecordsUrl ?? ''), 'INVALID_SESSION_ID');
    connection.accessToken = simulator.sessions.open('again');
    await assertRefused(connection.queryMore(first.nextRecordsUrl ?? ''), 'INVALID_QUERY_LOCATOR');
  });

  it("jsforce's own query builder is understood", async () => {
    const contact = simulator.store.contacts.create({
      LastName: "O'Brien",
      Email: 'o_b@x.example',
      AccountId: simulator.store.accounts.sorted().find((one) => one.deletedAt === null)?.id,
    });
    const found = await connection
      .sobject('Contact')
      .find(
        {
          LastName: "O'Brien",
          Email: { $like: 'o\\_b%' },
          CreatedDate: { $gte: jsforce.SfDate.toDateTimeLiteral(new Date(simulator.clock.now() - MINUTE)) },
          $or: [{ HasOptedOutOfEmail: false }, { Id: { $in: ['003000000000000AAA'] } }],
        },
        ['Id', 'LastName', 'Account.Name', 'Owner.Name'],
      )
      .sort({ LastName: -1 })
      .limit(5);
    assert.deepEqual(
      found.map((one) => [one.Id, one['LastName'], one['Account']?.Name, one['Owner']?.Name]),
      [
        [
          contact.id,
          "O'Brien",
          String(simulator.store.accounts.get(String(contact.fields['AccountId']))?.fields['Name']),
          'Ada Almeida',
        ],
      ],
    );
    const count = await connection.sobject('Contact').count({ LastName: { $ne: 'Nobody' } });
    assert.ok(count >= 1);
  });

  it('descriptions list objects and fields', async () => {
    const { sobjects } = await connection.describeGlobal();
    assert.ok(sobjects.some(({ name, replicateable }) => name === 'Account' && replicateable));
    const described = await connection.describe('account');
    assert.equal(described.name, 'Account');
    const stamp = described.fields.find(({ name }) => name === 'SystemModstamp');
    assert.deepEqual([stamp?.type, stamp?.updateable, stamp?.filterable], ['datetime', false, true]);
    await assertRefused(connection.describe('Nope__c'), 'NOT_FOUND');
  });

  it('replication tells what changed, what was deleted and how far it can be trusted', async () => {
    const now = simulator.clock.now();
    const account = simulator.store.accounts.create({ Name: 'Replicated' });
    const doomed = simulator.store.accounts.create({ Name: 'Doomed' });
    simulator.store.accounts.purge(doomed.id);
    simulator.clock.advance(2 * MINUTE);
    const range = [
      new Date(now - 5 * MINUTE).toISOString(),
      new Date(now + 2 * MINUTE).toISOString(),
    ] as const;
    const updated = await connection.sobject('Account').updated(...range);
    assert.ok(updated.ids.includes(account.id));
    const deleted = await connection.sobject('Account').deleted(...range);
    assert.deepEqual(
      deleted.deletedRecords.map(({ id }) => id),
      [doomed.id],
    );
    simulator.store.accounts.update(
      account.id,
      { Name: 'Late' },
      { lag: { kind: 'commit', ms: 10 * MINUTE } },
    );
    const openSince = Math.floor(simulator.clock.now() / 1000) * 1000;
    simulator.clock.advance(5 * MINUTE);
    const later = await connection
      .sobject('Account')
      .updated(range[0], new Date(simulator.clock.now()).toISOString());
    assert.equal(Date.parse(later.latestDateCovered), openSince, 'held back by the open transaction');
    await assertRefused(
      connection.sobject('Account').updated(range[0], range[0]),
      'INVALID_REPLICATION_DATE',
    );
    await assertRefused(connection.sobject('AccountHistory').deleted(...range), 'INVALID_TYPE_FOR_OPERATION');
  });

  it('says who is signed in and what is left of the day', async () => {
    const identity = await connection.identity();
    const { organizationId, userId, username } = simulator.credentials;
    assert.deepEqual(
      [identity.organization_id, identity.user_id, identity.username],
      [organizationId, userId, username],
    );
    const limits = await connection.limits();
    assert.equal(limits['DailyApiRequests']?.Max, 15_000);
    assert.ok((connection.limitInfo.apiUsage?.used ?? 0) > 10);
  });

  it('code goes in and out through the Tooling API', async () => {
    const { tooling } = connection;
    const Body = 'public class Hook { public static void run() {} }';
    const hook = (await tooling.sobject('ApexClass').create({ Name: 'Hook', Body })) as Saved;
    const trigger = (await tooling.sobject('ApexTrigger').create({
      Name: 'HookLead',
      TableEnumOrId: 'Lead',
      Body: 'trigger HookLead on Lead (after insert) { Hook.run(); }',
    })) as Saved;
    const found = await tooling.query("SELECT Id, Name FROM ApexTrigger WHERE TableEnumOrId = 'Lead'");
    assert.deepEqual(
      found.records.map(({ Id, Name }) => [Id, Name]),
      [[trigger.id, 'HookLead']],
    );
    await assertRefused(tooling.sobject('ApexClass').destroy(hook.id), 'DEPENDENCY_EXISTS');
    await tooling.sobject('ApexTrigger').destroy(trigger.id);
    await tooling.sobject('ApexClass').destroy(hook.id);
  });

  it('signs in by the web server flow with PKCE, refreshes when the session ends, and is revoked', async () => {
    const { clientId, clientSecret } = simulator.credentials;
    const oauth2 = new jsforce.OAuth2({
      loginUrl: simulator.url,
      clientId,
      clientSecret,
      redirectUri: CALLBACK,
      useVerifier: true,
    });
    const page = oauth2.getAuthorizationUrl({ scope: 'api refresh_token', state: 's 1' });
    const back = new URL(await simulator.consent(page));
    assert.equal(back.searchParams.get('state'), 's 1');
    const user = new jsforce.Connection({ oauth2, version: '66.0' });
    await user.authorize(back.searchParams.get('code') ?? '');
    assert.equal(user.instanceUrl, simulator.url);
    const first = user.accessToken;
    simulator.clock.advance(3 * 60 * MINUTE);
    assert.equal((await user.query('SELECT Id FROM Organization')).totalSize, 1);
    assert.notEqual(user.accessToken, first, 'refreshed on INVALID_SESSION_ID');
    const refreshToken = user.refreshToken ?? '';
    await oauth2.revokeToken(refreshToken);
    await assert.rejects(oauth2.refreshToken(refreshToken), { name: 'invalid_grant' });
  });
});
