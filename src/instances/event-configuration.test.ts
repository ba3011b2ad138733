import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../kernel/json.ts';
import { eventProblems, readEventSettings } from './event-configuration.ts';

const settingsOf = (configuration: JsonObject) => readEventSettings({ configuration });
const problemsOf = (key: string, value: Json): string[] => eventProblems({ [key]: value });

test('an empty configuration has the documented defaults', () => {
  assert.deepEqual(settingsOf({}), {
    enabled: false,
    vendorType: 'polling',
    vendorSetup: 'manual',
    callbackUrl: null,
    signatureKey: null,
    callbackHeaders: {},
    basic: null,
    inbound: { signatureKey: null, token: null, basic: null },
    instanceFinder: null,
    objects: [],
    refreshIntervalMinutes: 15,
    pollerConfiguration: {},
    pollerMetadata: {},
    pollerUrls: null,
    baseline: null,
    reconcileIntervalMinutes: null,
    snapshot: false,
    ordered: false,
    format: 'elements',
    filterResponseNulls: true,
  });
});

test('values mean the same as JSON and as text', () => {
  const asJson = settingsOf({
    'event.notification.enabled': true,
    'event.vendor.type': 'webhook',
    'event.poller.refresh_interval': 5,
    'event.poller.configuration': { contacts: { url: '/x' } },
    'event.notification.callback.headers': { 'X-Key': 'a' },
    'event.objects': ['Contact', 'Account'],
    'event.poller.reconcile_interval': 0,
    'filter.response.nulls': false,
  });
  const asText = settingsOf({
    'event.notification.enabled': 'TRUE',
    'event.vendor.type': ' webhooks ',
    'event.poller.refresh_interval': ' 5 ',
    'event.poller.configuration': '{"contacts":{"url":"/x"}}',
    'event.notification.callback.headers': '{"X-Key":"a"}',
    'event.objects': ' Contact, Account,,Contact',
    'event.poller.reconcile_interval': '0',
    'filter.response.nulls': 'false',
  });
  assert.deepEqual(asText, asJson);
  assert.equal(asJson.refreshIntervalMinutes, 5);
  assert.deepEqual(asJson.objects, ['Contact', 'Account']);
});

test('an interval of any size stays a usable number of minutes', () => {
  assert.equal(
    settingsOf({ 'event.poller.refresh_interval': 999_999_999 }).refreshIntervalMinutes,
    999_999_999,
  );
  assert.equal(
    settingsOf({ 'event.poller.refresh_interval': '9007199254740991' }).refreshIntervalMinutes,
    1_000_000_000,
  );
  for (const wrong of [0, -1, 1.5, '0', 'soon', 1e300, true, [], '5 minutes']) {
    assert.match(problemsOf('event.poller.refresh_interval', wrong)[0]!, /at least 1/, String(wrong));
  }
});

test('a value of the wrong kind is named with its key, all of them at once', () => {
  const problems = eventProblems({
    'event.notification.enabled': 'yes',
    'event.vendor.type': 'push',
    'event.notification.callback.url': 'ftp://files.example/in',
    'event.notification.callback.headers': '["a"]',
    'event.notification.instance.finder': 'portalId',
    'event.objects': { a: 1 },
    'event.poller.baseline': 'half',
    'event.notification.format': 'xml',
    'my.own.key': { anything: ['goes'] },
  });
  assert.deepEqual(problems, [
    'event.notification.enabled must be true or false',
    'event.vendor.type must be one of polling, webhook, both',
    'event.notification.callback.url must be an http or https URL',
    'event.notification.callback.headers must hold a JSON object',
    'event.notification.instance.finder must be configKey|payload.path',
    'event.objects must be a comma list of names',
    'event.poller.baseline must be one of full',
    'event.notification.format must be one of elements, standard-webhooks, cloudevents',
  ]);
});

test('malformed JSON in a string is refused with the position of the mistake and without the text', () => {
  const cases: [string, RegExp][] = [
    ['{"a": hunter2}', /position 6 \(line 1, column 7\)/],
    ['{\n  "a": {,}\n}', /position 10 \(line 2, column 9\)/],
    ['{"a": 1', /ends too early \(position 7\)/],
    ['{"a": "hunter2', /ends too early/],
    ['{"a": 1} hunter2', /position 9 /],
    ['hunter2', /position 0 \(line 1, column 1\)/],
  ];
  for (const [text, expected] of cases) {
    const [problem] = problemsOf('event.poller.configuration', text);
    assert.match(problem!, /^event\.poller\.configuration is not valid JSON: /);
    assert.match(problem!, expected, text);
    assert.ok(!problem!.includes('hunter2'));
  }
});

test('callback headers that cannot be sent are refused', () => {
  const cases: [JsonObject, RegExp][] = [
    [{ 'bad name': 'x' }, /no valid name/],
    [{ Host: 'x' }, /cannot be chosen/],
    [{ 'X-A': 'a\r\nX-B: b' }, /character that headers cannot carry/],
    [{ 'Elements-Webhook-Signature': 'x' }, /every notification carries already/],
    [{ 'X-A': { deep: 1 } }, /must give header "X-A" a text/],
  ];
  for (const [headers, expected] of cases) {
    assert.match(problemsOf('event.notification.callback.headers', headers)[0]!, expected);
  }
  assert.deepEqual(
    problemsOf('event.notification.callback.headers', { Authorization: 'Bearer x', 'X-N': 5 }),
    [],
  );
});

test('what is absent is neither a problem nor a value', () => {
  for (const absent of ['', '  ', null, '<CALLBACK_URL>', ' <A b="c"> ']) {
    assert.deepEqual(problemsOf('event.notification.callback.url', absent), []);
    assert.equal(settingsOf({ 'event.notification.callback.url': absent }).callbackUrl, null);
  }
  assert.match(problemsOf('event.notification.callback.url', 'https://a.example/<x>x')[0] ?? 'fine', /fine/);
});

test('the query string of a callback URL survives, a password in it does not', () => {
  const url = 'https://callback.example:8443/in?key=a%20b&x=1';
  assert.equal(settingsOf({ 'event.notification.callback.url': url }).callbackUrl, url);
  assert.match(
    problemsOf('event.notification.callback.url', 'https://user:word@callback.example/')[0]!,
    /must not hold a user name or password/,
  );
});

test('inbound webhooks are verified with the OAuth secret unless another is named', () => {
  assert.equal(settingsOf({ 'oauth.api.secret': 'app' }).inbound.signatureKey, 'app');
  assert.equal(
    settingsOf({ 'oauth.api.secret': 'app', 'event.inbound.signature.key': 'hook' }).inbound.signatureKey,
    'hook',
  );
});
