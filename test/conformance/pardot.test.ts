import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClock } from '../../simulators/core/clock.ts';
import { createPardotSimulator } from '../../simulators/pardot/simulator.ts';
import type { PardotSimulator } from '../../simulators/pardot/simulator.ts';

/**
 * There is no client of today's Pardot to hold the simulator to: npm's is of 2015, and signs in by the login that
 * ended in 2021. So it is held to the shapes on record, each with where and when they were read.
 */

/** Kinds of values, by key: `?` may be missing or null. A list stands for one or more of its entry. */
type Shape = string | readonly [Shape] | { readonly [key: string]: Shape };
interface Recorded {
  what: string;
  page: string;
  readOn: string;
  request: {
    method?: string;
    path: string;
    form?: Record<string, string>;
    dialect: 'legacy' | 'v5' | 'open';
  };
  status: number;
  shape: Shape;
}

const READ_ON = '2026-11-21';
const SAMPLES = 'github.com/Crim/pardot-java-client: mock responses (recorded 2016 to 2021)';
const GUIDE = 'developer.salesforce.com/docs/marketing/pardot/guide';
const OK = { stat: '=ok', version: 'number' } as const;
const query = (object: string, more = ''): string => `/api/${object}/version/4/do/query?format=json${more}`;

const RECORDED: readonly Recorded[] = [
  {
    what: 'rows of prospects, with their total',
    page: `${SAMPLES} prospectQuery`,
    readOn: READ_ON,
    request: { path: query('prospect'), dialect: 'legacy' },
    status: 200,
    shape: {
      '@attributes': OK,
      result: {
        total_results: 'number',
        prospect: [
          {
            id: 'number',
            campaign_id: 'number?',
            salutation: 'string?',
            first_name: 'string?',
            last_name: 'string?',
            email: 'string',
            company: 'string?',
            address_one: 'string?',
            annual_revenue: 'string?',
            score: 'number',
            grade: 'string?',
            last_activity_at: 'string?',
            recent_interaction: 'string?',
            crm_lead_fid: 'string?',
            crm_last_sync: 'string?',
            is_do_not_email: 'boolean?',
            opted_out: 'boolean?',
            created_at: 'stamp',
            updated_at: 'stamp',
            campaign: { id: 'number', name: 'string' },
          },
        ],
      },
    },
  },
  {
    what: 'rows in bulk, without total and nested objects',
    page: `${GUIDE}/bulk-data-pull.html`,
    readOn: READ_ON,
    request: {
      path: query('prospect', '&output=bulk&sort_by=updated_at&sort_order=ascending&limit=200'),
      dialect: 'legacy',
    },
    status: 200,
    shape: {
      '@attributes': OK,
      result: {
        total_results: 'absent',
        prospect: [{ id: 'number', updated_at: 'stamp', campaign: 'absent' }],
      },
    },
  },
  {
    what: 'opportunities, which name their campaign and prospects',
    page: `${SAMPLES} opportunityQuery`,
    readOn: READ_ON,
    request: { path: query('opportunity'), dialect: 'legacy' },
    status: 200,
    shape: {
      '@attributes': OK,
      result: {
        total_results: 'number',
        opportunity: [
          {
            id: 'number',
            name: 'string',
            value: 'number',
            probability: 'number',
            type: 'string?',
            stage: 'string?',
            status: 'string',
            created_at: 'stamp',
            updated_at: 'stamp',
            campaign: { id: 'number', name: 'string' },
            prospects: {
              prospect: { id: 'number', first_name: 'string?', last_name: 'string?', email: 'string' },
            },
          },
        ],
      },
    },
  },
  {
    what: 'campaigns, which carry no stamps',
    page: `${SAMPLES} campaignQuery`,
    readOn: READ_ON,
    request: { path: query('campaign'), dialect: 'legacy' },
    status: 200,
    shape: {
      '@attributes': OK,
      result: {
        campaign: [
          { id: 'number', name: 'string', cost: 'number?', created_at: 'absent', updated_at: 'absent' },
        ],
      },
    },
  },
  {
    what: 'lists',
    page: `${SAMPLES} listQuery`,
    readOn: READ_ON,
    request: { path: query('list'), dialect: 'legacy' },
    status: 200,
    shape: {
      '@attributes': OK,
      result: {
        list: [
          {
            id: 'number',
            name: 'string',
            is_public: 'boolean',
            is_dynamic: 'boolean',
            title: 'string?',
            description: 'string?',
            is_crm_visible: 'boolean',
            created_at: 'stamp',
            updated_at: 'stamp',
          },
        ],
      },
    },
  },
  {
    what: 'activities, without the links they do not have',
    page: `${SAMPLES} visitorActivityQuery`,
    readOn: READ_ON,
    request: { path: query('visitorActivity'), dialect: 'legacy' },
    status: 200,
    shape: {
      '@attributes': OK,
      result: {
        visitor_activity: [
          {
            id: 'number',
            visitor_id: 'number',
            type: 'number',
            type_name: 'string',
            details: 'string',
            file_id: 'absent',
            campaign: { id: 'number', name: 'string' },
            created_at: 'stamp',
          },
        ],
      },
    },
  },
  {
    what: 'the account',
    page: `${SAMPLES} accountRead`,
    readOn: READ_ON,
    request: { path: '/api/account/version/4/do/read?format=json', dialect: 'legacy' },
    status: 200,
    shape: { '@attributes': OK, account: { id: 'number', company: 'string', level: 'string' } },
  },
  {
    what: 'a refused key, with HTTP 200',
    page: `${SAMPLES} errorInvalidApiKey; ${GUIDE}/error-codes.html`,
    readOn: READ_ON,
    request: { path: query('prospect'), dialect: 'open' },
    status: 200,
    shape: { '@attributes': { stat: '=fail', version: 'number', err_code: 'number' }, err: 'string' },
  },
  {
    what: 'a refused login',
    page: `${SAMPLES} errorLoginFailed`,
    readOn: READ_ON,
    request: {
      method: 'POST',
      path: '/api/login/version/4',
      form: { email: 'x', password: 'y', user_key: 'z', format: 'json' },
      dialect: 'open',
    },
    status: 200,
    shape: { '@attributes': { stat: '=fail', version: 'number', err_code: 'number' }, err: '=Login failed' },
  },
  {
    what: 'a page of v5, of the fields asked for',
    page: `${GUIDE}/version5overview.html`,
    readOn: READ_ON,
    request: {
      path: '/api/v5/objects/prospects?fields=id,email,isDeleted,createdAt,updatedAt&deleted=all&orderBy=updatedAt%20ASC&updatedAtAfterOrEqualTo=2020-11-20T00:00:00%2B00:00&limit=2',
      dialect: 'v5',
    },
    status: 200,
    shape: {
      nextPageToken: 'string',
      nextPageUrl: 'string',
      values: [
        {
          id: 'number',
          email: 'string',
          isDeleted: 'boolean',
          createdAt: 'iso',
          updatedAt: 'iso',
          firstName: 'absent',
        },
      ],
    },
  },
  {
    what: 'a record that is not there',
    page: `${GUIDE}/error-codes.html`,
    readOn: READ_ON,
    request: { path: '/api/v5/objects/prospects/999999?fields=id', dialect: 'v5' },
    status: 404,
    shape: { code: 'number', message: 'string' },
  },
  {
    what: 'a token that is not taken',
    page: `${SAMPLES} errorInvalidSsoAccessToken`,
    readOn: READ_ON,
    request: { path: '/api/v5/objects/prospects?fields=id', dialect: 'open' },
    status: 401,
    shape: { code: 'number', message: '=access_token is invalid, unknown, or malformed' },
  },
];

const KINDS: { [kind: string]: (value: unknown) => boolean } = {
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  stamp: (value) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(String(value)),
  iso: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(String(value)),
  absent: (value) => value === undefined,
};

function assertShape(value: unknown, shape: Shape, at: string): void {
  if (typeof shape === 'string') {
    if (shape.startsWith('=')) return assert.equal(value, shape.slice(1), at);
    if (shape.endsWith('?') && (value === null || value === undefined)) return;
    assert.ok(KINDS[shape.replace('?', '')]!(value), `${at} is ${JSON.stringify(value)}, not ${shape}`);
    return;
  }
  if (Array.isArray(shape)) {
    assert.ok(Array.isArray(value) && value.length > 0, `${at} is no list`);
    for (const one of value as unknown[]) assertShape(one, (shape as readonly [Shape])[0], `${at}[]`);
    return;
  }
  assert.ok(typeof value === 'object' && value !== null, `${at} is ${JSON.stringify(value)}`);
  for (const [key, part] of Object.entries(shape)) {
    assertShape((value as { [key: string]: unknown })[key], part, `${at}.${key}`);
  }
}

describe('the Pardot simulator against the shapes on record', () => {
  let simulator: PardotSimulator;
  const headers: { [dialect: string]: Record<string, string> } = { open: {} };
  before(async () => {
    simulator = await createPardotSimulator({ clock: createClock(Date.parse('2026-11-20T09:15:00Z')) });
    const { email, password, userKey, businessUnitId } = simulator.credentials;
    const apiKey = simulator.access.login({ email, password, userKey }) ?? '';
    headers['legacy'] = { authorization: `Pardot api_key=${apiKey}, user_key=${userKey}` };
    headers['v5'] = {
      authorization: `Bearer ${simulator.access.grant(['pardot_api'])}`,
      'pardot-business-unit-id': businessUnitId,
    };
  });
  after(() => simulator.close());

  for (const { what, page, readOn, request, status, shape } of RECORDED) {
    it(`${what} (${page}, ${readOn})`, async () => {
      const answer = await fetch(simulator.url + request.path, {
        method: request.method ?? 'GET',
        headers: headers[request.dialect]!,
        ...(request.form && { body: new URLSearchParams(request.form) }),
      });
      assert.equal(answer.status, status);
      assertShape(await answer.json(), shape, 'body');
    });
  }

  it('a refusal in XML, where JSON was not asked for', async () => {
    const answer = await fetch(`${simulator.url}/api/prospect/version/4/do/query`);
    assert.match(
      await answer.text(),
      /^<\?xml[^>]*>\s*<rsp stat="fail" version="1\.0">\s*<err code="184">[^<]+<\/err>\s*<\/rsp>/,
    );
  });
});
