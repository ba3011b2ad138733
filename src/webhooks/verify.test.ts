import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Signature } from '@hubspot/api-client';
import { hubspot } from '../connectors/hubspot/connector.ts';
import { salesforce } from '../connectors/salesforce/connector.ts';
import { verify, type Evidence, type Proofs } from './verify.ts';

const NOW = Date.UTC(2026, 10, 21, 9, 15);
const SECRET = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';
const URI = 'https://www.example.com/webhook_uri';
const { schemes } = hubspot.webhooks!.signatures!;
const signed: Proofs = { signature: { schemes, key: SECRET } };

function evidence(over: Partial<Evidence> = {}): Evidence {
  return {
    method: 'POST',
    uris: [URI],
    headers: {},
    body: Buffer.from('{}'),
    parsed: {},
    token: null,
    ...over,
  };
}

/** As HubSpot's own client library signs. */
function v3(uri: string, body: string, at: number): Evidence {
  const signature = Signature.getSignature('POST', 'v3', {
    clientSecret: SECRET,
    signature: '',
    requestBody: body,
    url: uri,
    timestamp: at,
  });
  const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(at) };
  return evidence({ headers, body: Buffer.from(body), uris: [uri] });
}

test("HubSpot's published signatures of version 1 and 2 are proven", () => {
  const body =
    '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]';
  const vectors: [version: string, method: string, body: string, signature: string][] = [
    ['v1', 'POST', body, '232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de'],
    ['v2', 'GET', '', 'eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e'],
    [
      'v2',
      'POST',
      '{"example_field":"example_value"}',
      '9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900',
    ],
  ];
  for (const [version, method, text, signature] of vectors) {
    const headers = { 'x-hubspot-signature': signature, 'x-hubspot-signature-version': version };
    const given = evidence({ method, body: Buffer.from(text), headers });
    assert.equal(verify(signed, given, NOW), 'proven', version);
    assert.equal(verify(signed, { ...given, body: Buffer.from(`${text} `) }, NOW), 'refused', version);
    const upper = { ...headers, 'x-hubspot-signature': signature.toUpperCase() };
    assert.equal(verify(signed, { ...given, headers: upper }, NOW), 'proven', 'hex in capitals');
  }
});

test('a signature of version 3 is proven within five minutes either way, whatever bytes the body has', () => {
  const body = '[{"propertyValue":"Zoë \\u2028 ünd"}]';
  assert.equal(verify(signed, v3(URI, body, NOW - 300_000), NOW), 'proven');
  assert.equal(verify(signed, v3(URI, body, NOW + 300_000), NOW), 'proven');
  assert.equal(verify(signed, v3(URI, body, NOW - 300_001), NOW), 'refused');
  assert.equal(verify(signed, v3(URI, body, NOW + 300_001), NOW), 'refused');
  const given = v3(URI, body, NOW);
  for (const time of ['', 'soon', '-1', `${NOW}.5`, '1e12', `${NOW} `]) {
    const headers = { ...given.headers, 'x-hubspot-request-timestamp': time };
    assert.equal(verify(signed, { ...given, headers }, NOW), 'refused', time);
  }
  assert.equal(verify(signed, { ...given, uris: [`${URI}?a=b`] }, NOW), 'refused');
  assert.equal(verify(signed, { ...given, uris: [`${URI}/`, URI] }, NOW), 'proven');
  assert.equal(verify(signed, { ...given, method: 'PUT' }, NOW), 'refused');
});

test('only the escapes HubSpot undoes are undone before the signature is made', () => {
  const uri = 'https://www.example.com/a%20b?c=%2Fd%3Ae%40f%26g';
  const at = String(NOW);
  const source = `POSThttps://www.example.com/a%20b?c=/d:e@f%26g{}${at}`;
  const signature = createHmac('sha256', SECRET).update(source).digest('base64');
  const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': at };
  assert.equal(verify(signed, evidence({ uris: [uri], headers }), NOW), 'proven');
});

test('a wrong signature of version 3 is not saved by a right one of version 1', () => {
  const right = v3(URI, '{}', NOW);
  const v1 = Signature.getSignature('POST', 'v1', {
    clientSecret: SECRET,
    signature: '',
    requestBody: '{}',
    url: '',
  });
  const headers = {
    ...right.headers,
    'x-hubspot-signature-v3': 'wrong',
    'x-hubspot-signature': v1,
    'x-hubspot-signature-version': 'v1',
  };
  assert.equal(verify(signed, { ...right, headers }, NOW), 'refused');
  assert.equal(verify(signed, evidence(), NOW), 'refused', 'none at all');
});

test('what our Apex signs is proven with its time, and a copy of it is not for long', () => {
  const proofs: Proofs = { signature: { schemes: salesforce.webhooks!.signatures!.schemes, key: 'k' } };
  const given = (parsed: object, prefix = 'sha256='): Evidence => {
    const body = Buffer.from(JSON.stringify(parsed));
    const mac = createHmac('sha256', 'k').update(body).digest('base64');
    return evidence({ body, parsed: { ...parsed }, headers: { 'x-tidings-signature': `${prefix}${mac}` } });
  };
  const signed = given({ objects: [], sentAt: NOW });
  assert.equal(verify(proofs, signed, NOW), 'proven');
  assert.equal(verify(proofs, signed, NOW + 300_001), 'refused');
  assert.equal(verify(proofs, given({ objects: [] }), NOW), 'proven');
  assert.equal(verify(proofs, given({ sentAt: String(NOW) }), NOW), 'refused', 'no number');
  assert.equal(verify(proofs, { ...signed, body: Buffer.from('{"objects":[]}') }, NOW), 'refused', 'cut off');
  assert.equal(verify(proofs, given({ sentAt: NOW }, ''), NOW), 'refused', 'without the prefix');
});

test('every secret there is must be carried', () => {
  const basic = { username: 'us:er', password: 'pass:wörd' };
  const header = `Basic ${Buffer.from('us:er:pass:wörd').toString('base64')}`;
  const bearing = (authorization: string, token: string | null = null) =>
    evidence({ headers: { authorization }, token });
  assert.equal(verify({}, evidence(), NOW), 'unsigned');
  assert.equal(verify({ basic }, bearing(header), NOW), 'proven');
  assert.equal(verify({ basic }, bearing(header.replace('Basic', 'bAsIc')), NOW), 'proven');
  assert.equal(verify({ basic }, bearing(header.replace('Basic', 'Bearer')), NOW), 'refused');
  assert.equal(verify({ basic }, evidence(), NOW), 'refused');
  assert.equal(verify({ token: 't' }, evidence({ token: 't' }), NOW), 'proven');
  assert.equal(verify({ token: 't' }, evidence({ token: '' }), NOW), 'refused');
  assert.equal(verify({ token: 't' }, evidence(), NOW), 'refused');
  assert.equal(verify({ basic, token: 't' }, bearing(header), NOW), 'refused');
  assert.equal(verify({ basic, token: 't' }, bearing(header, 't'), NOW), 'proven');
});
