import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPardotSimulator, type PardotSimulator } from '../../simulators/pardot/simulator.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import {
  createSalesforceSimulator,
  type SalesforceSimulator,
} from '../../simulators/salesforce/simulator.ts';
import { consentCode } from '../../src/cli/demo/consent-code.ts';
import type { InstanceView } from '../../src/instances/schema.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { startTestServer, type Answer, type TestServer } from '../support/server.ts';

/** Section 6 of the wire contract: one `where` means the same at vendors that filter much, little and nothing of it. */

type Item = Record<string, unknown>;

const PEOPLE = [
  { first: 'Ada', last: "O'Hara", score: 10 },
  { first: 'Grace', last: 'Hopper', score: 20 },
  { first: 'Alan', last: '100% Turing', score: 30 },
  { first: 'Edsger', last: 'Dijkstra', score: null },
] as const;

interface Place {
  path: string;
  first: string;
  last: string;
  score: string;
  token: string;
}

let server: TestServer<typeof systemClock>;
let pipedrive: PipedriveSimulator;
let pardot: PardotSimulator;
let salesforce: SalesforceSimulator;
const places: Record<string, Place> = {};

async function create(body: Item): Promise<string> {
  const answer = await server.call<InstanceView>('POST', '/instances', { body: { name: 'One', ...body } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.token;
}

async function connectSalesforce(): Promise<string> {
  const { clientId, clientSecret } = salesforce.credentials;
  const redirectUrl = 'https://app.example/callback';
  const page = {
    url: `${salesforce.url}/services/oauth2/authorize`,
    clientId,
    redirectUrl,
    scope: 'api refresh_token',
  };
  return create({
    element: { key: 'sfdc' },
    providerData: { code: await consentCode((url) => salesforce.consent(url), page) },
    configuration: {
      'oauth.callback.url': redirectUrl,
      'oauth.api.key': clientId,
      'oauth.api.secret': clientSecret,
      'oauth.token.url': `${salesforce.url}/services/oauth2/token`,
      'base.url': salesforce.url,
    },
  });
}

before(async () => {
  server = await startTestServer({ clock: systemClock, env: { TIDINGS_ROLES: 'api' } });
  pipedrive = await createPipedriveSimulator({ seeded: false, limits: { enforced: false } });
  pardot = await createPardotSimulator({ seeded: false });
  salesforce = await createSalesforceSimulator({ seeded: false });
  const { email, password, userKey } = pardot.credentials;
  places['pipedrive'] = {
    path: '/hubs/crm/contacts',
    first: 'first_name',
    last: 'last_name',
    score: 'org_id',
    token: await create({
      element: { key: 'pipedrive' },
      configuration: {
        'pipedrive.api.token': pipedrive.credentials.apiToken,
        'base.url': pipedrive.url,
      },
    }),
  };
  places['pardot'] = {
    path: '/hubs/marketing/contacts',
    first: 'first_name',
    last: 'last_name',
    score: 'score',
    token: await create({
      element: { key: 'pardot' },
      configuration: {
        'apikey.user.name': email,
        'apikey.user.password': password,
        'apikey.user.key': userKey,
        'base.url': pardot.url,
      },
    }),
  };
  places['sfdc'] = {
    path: '/hubs/crm/opportunities',
    first: 'StageName',
    last: 'Name',
    score: 'Amount',
    token: await connectSalesforce(),
  };
  PEOPLE.forEach(({ first, last, score }, index) => {
    const organization =
      score === null ? null : pipedrive.store.organizations.create({ name: String(score) });
    pipedrive.store.persons.create({ first_name: first, last_name: last, org_id: organization?.id ?? null });
    pardot.store.prospects.create({ first_name: first, last_name: last, score, email: `${index}@x.example` });
    salesforce.store.opportunities.create({
      StageName: first,
      Name: last,
      Amount: score,
      CloseDate: '2026-12-01',
    });
  });
});
after(async () => {
  await server.close();
  await Promise.all([pipedrive.close(), pardot.close(), salesforce.close()]);
});

function list<T = Item[]>(place: Place, where: string): Promise<Answer<T>> {
  return server.call<T>('GET', `${place.path}?where=${encodeURIComponent(where)}`, { token: place.token });
}

const ALL = PEOPLE.map(({ first }) => first);

/** In the words of `PEOPLE`; `10`, `20`, `30` stand for the scores. */
const FOUND: [where: string, people: readonly string[]][] = [
  ["first = 'Ada'", ['Ada']],
  ["first='Ada'", ['Ada']],
  ["last = 'O''Hara'", ['Ada']],
  ["`first` = 'Ada'", ['Ada']],
  ["first != 'Ada'", ['Alan', 'Edsger', 'Grace']],
  ['score = 10', ['Ada']],
  ['score > 10', ['Alan', 'Grace']],
  ['score >= 20', ['Alan', 'Grace']],
  ['score < 20', ['Ada']],
  ['score <= 20', ['Ada', 'Grace']],
  ['score IS NULL', ['Edsger']],
  ['score is not null', ['Ada', 'Alan', 'Grace']],
  ["first LIKE 'A%'", ['Ada', 'Alan']],
  ["last like '%pp%'", ['Grace']],
  ["first IN ('Ada', 'Grace', 'Nobody')", ['Ada', 'Grace']],
  ['score in (10,30)', ['Ada', 'Alan']],
  ["first LIKE 'A%' AND score > 10", ['Alan']],
  ["first = 'Ada' or first = 'Grace'", ['Ada', 'Grace']],
  ["first = 'Ada' OR first = 'Grace' AND score = 10", ['Ada']],
  ["(first = 'Ada' OR first = 'Grace') AND score = 20", ['Grace']],
  ["((first='Ada'))", ['Ada']],
  ["  first   =   'Ada'   aNd  score>0 ", ['Ada']],
  ["first = 'nobody'", []],
];

for (const elementKey of ['pipedrive', 'pardot', 'sfdc']) {
  test(`${elementKey} finds the same for a where as the others`, async () => {
    const place = places[elementKey]!;
    // Pipedrive's organizations have ids of their own.
    const ids = pipedrive.store.organizations.sorted().map(({ id }) => String(id));
    const wrong: string[] = [];
    for (const [where, people] of FOUND) {
      const spelled = where
        .replace(/first|last|score/g, (word) => place[word as 'first' | 'last' | 'score'])
        .replace(/\b[123]0\b/g, (number) =>
          elementKey === 'pipedrive' ? ids[Number(number) / 10 - 1]! : number,
        );
      const answer = await list(place, spelled);
      const found =
        answer.status === 200 ? answer.body.map((one) => String(one[place.first])).sort() : answer.body;
      if (JSON.stringify(found) !== JSON.stringify(people))
        wrong.push(`${spelled}: ${JSON.stringify(found)}`);
    }
    assert.deepEqual(wrong, []);
    assert.equal((await list(place, '')).body.length, ALL.length);
  });
}

const MISTAKES: [where: string, position: number][] = [
  ['first', 6],
  ["first = 'x", 9],
  ["first == 'x'", 8],
  ["= 'x'", 1],
  ["first = 'a' second = 'b'", 13],
  ["(first = 'a'", 13],
  ["first = 'a')", 12],
  ["first = 'a' AND", 16],
  ['first IN ()', 11],
  ['first IS 7', 10],
  ["first = 'a' AND OR x = 1", 17],
  ['first = `x`', 9],
  ["'first' = 'x'", 1],
  ["first = ''x''", 11],
];

test('a mistake is a 400 that tells its position and what was expected, at every vendor alike', async () => {
  for (const [where, position] of MISTAKES) {
    const answers = await Promise.all(
      Object.values(places).map((place) => list<{ message: string }>(place, where)),
    );
    for (const { status, body } of answers) {
      assert.equal(status, 400, where);
      assert.match(body.message, /position \d+/i, where);
      assert.match(body.message, /expected/i, where);
      const told = Number(/position (\d+)/i.exec(body.message)![1]);
      assert.ok(Math.abs(told - position) <= 1, `${where}: ${body.message}`);
    }
  }
});

test("a client's query with a lone quote around a date stays a 400", async () => {
  for (const where of [
    "update_time > '2026-11-20 09:15:00",
    "update_time > 2026-11-20T09:15:00Z'",
    "update_time > ''2026-11-20''",
  ]) {
    assert.equal((await list(places['pipedrive']!, where)).status, 400, where);
  }
});

test('dates are bare or quoted, with and without time', async () => {
  const place = places['pipedrive']!;
  for (const [where, count] of [
    ['add_time > 2020-01-01', 4],
    ["add_time > '2020-01-01T00:00:00Z'", 4],
    ["add_time > '2020-01-01 00:00:00'", 4],
    ['update_time >= 2020-01-01T00:00:00Z AND update_time < 2090-01-01', 4],
    ['update_time < 2020-01-01', 0],
    ['add_time <= 2020-01-01T00:00:00+02:00', 0],
  ] as const) {
    const answer = await list(place, where);
    assert.equal(answer.status, 200, `${where}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.length, count, where);
  }
});

test('a where that is huge, deep or strange is answered, not suffered', async () => {
  const place = places['pipedrive']!;
  const many = Array.from({ length: 300 }, (_, n) => `first_name = 'x${n}'`).join(' OR ');
  for (const [where, statuses] of [
    [many, [200, 400]],
    [`${'('.repeat(3000)}a = 1${')'.repeat(3000)}`, [400]],
    [`first_name = '${'x'.repeat(5000)}'`, [200, 400]],
    ['__proto__ = 1', [200, 400]],
    ['constructor.prototype = 1', [200, 400]],
    ["first_name LIKE '%%%%%%%%%%%%%%%%%%%%%%%%x%y%z%'", [200]],
    ["first_name = '\u0000'", [200, 400]],
    ["first_name = '😀'", [200]],
  ] as const) {
    const begun = performance.now();
    const { status, body } = await list<unknown>(place, where);
    assert.ok(
      (statuses as readonly number[]).includes(status),
      `${where.slice(0, 40)}: ${JSON.stringify(body)}`,
    );
    assert.ok(performance.now() - begun < 3000, where.slice(0, 40));
  }
});
