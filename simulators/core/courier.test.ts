import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createCourier, type Courier } from './courier.ts';
import { post } from './http-post.ts';
import { createRandom } from './random.ts';
import { createWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

let receiver: WebhookReceiver;
let courier: Courier;

before(async () => {
  receiver = await createWebhookReceiver();
});
after(() => receiver.close());
beforeEach(() => {
  receiver.received.length = 0;
});

async function open(seed: number): Promise<Courier> {
  courier = await createCourier({ random: createRandom(seed) });
  courier.carryTo(new URL(receiver.url).origin);
  return courier;
}

const send = (body: string, headers: Record<string, string> = {}) =>
  post({ url: `${courier.url}/hook?token=x`, body, headers, timeoutMs: 5_000 });

/** The bodies that arrive of forty, sent one after the other. */
async function arrivals(seed: number): Promise<string[]> {
  receiver.received.length = 0;
  await open(seed);
  courier.setRules({ lost: 0.4, repeated: 0.3, delayMs: 60 });
  for (let nth = 0; nth < 40; nth += 1) await send(String(nth));
  await courier.idle();
  const bodies = receiver.received.map(({ body }) => body);
  const { taken, lost, carried, refused } = courier.counts();
  assert.deepEqual([taken, carried, refused], [40, bodies.length, 0]);
  assert.equal(new Set(bodies).size, 40 - lost);
  await courier.close();
  return bodies;
}

test('without rules a request passes as it is, and its answer comes back', async () => {
  await open(1);
  receiver.answers.push(418);
  const answer = await send('{"ä":1}', { 'x-hook-secret': 's3cret' });
  assert.equal(answer.kind === 'answered' && answer.status, 418);
  const [received] = receiver.received;
  assert.deepEqual(
    [received?.path, received?.body, received?.headers['x-hook-secret']],
    ['/hook?token=x', '{"ä":1}', 's3cret'],
  );
  assert.equal(courier.counts().refused, 1);
  await courier.close();
});

test('with rules webhooks are lost, come twice and overtake each other, the same ones for the same seed', async () => {
  const first = await arrivals(7);
  const ids = first.map(Number);
  assert.ok(new Set(first).size < 40, 'some are lost');
  assert.ok(new Set(first).size < first.length, 'some come twice');
  assert.notDeepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
    'some overtake others',
  );
  const again = await arrivals(7);
  assert.deepEqual(again.toSorted(), first.toSorted());
});

test('an unreachable receiver is a bad gateway, and closing drops what is on its way', async () => {
  await open(1);
  courier.carryTo('http://127.0.0.1:1');
  const answer = await send('{}');
  assert.equal(answer.kind === 'answered' && answer.status, 502);
  courier.carryTo(new URL(receiver.url).origin);
  courier.setRules({ lost: 0, repeated: 0, delayMs: 60_000 });
  await send('{}');
  await courier.close();
  await courier.idle();
  assert.deepEqual(receiver.received, []);
});
