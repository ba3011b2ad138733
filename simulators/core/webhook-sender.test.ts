import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createClock } from './clock.ts';
import { createWebhookReceiver } from './webhook-receiver.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';
import { createWebhookSender } from './webhook-sender.ts';
import type { DeliveryRules } from './webhook-sender.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
const RULES: DeliveryRules = {
  timeoutMs: 60,
  retryDelaysMs: [3_000, 30_000],
  ban: { failures: 2, forMs: 60_000, counts: 'first-try' },
  staleAfterMs: 3_600_000,
  givesUpOn: (status) => status === 410,
};

describe('the webhook sender', () => {
  let receiver: WebhookReceiver;
  let url: string;

  before(async () => {
    receiver = await createWebhookReceiver();
    ({ url } = receiver);
  });
  beforeEach(() => {
    receiver.received.length = 0;
    receiver.answers.length = 0;
  });
  after(() => receiver.close());

  const bodies = (): string[] => receiver.received.map((one) => one.body);
  const message = (subscriptionId = 's'): Parameters<ReturnType<typeof createWebhookSender>['send']>[0] => ({
    subscriptionId,
    url,
    build: (tryNumber) => ({ body: `try ${tryNumber}` }),
  });

  it('retries after the given delays on the clock until a 2xx', async () => {
    const clock = createClock(START);
    const sender = createWebhookSender({ clock }, RULES);
    receiver.answers.push(500, 0, 204);
    const delivery = sender.send(message());
    await sender.idle();
    clock.advance(2_999);
    await sender.idle();
    assert.equal(delivery.tries.length, 1, 'nothing before its time');
    clock.advance(1);
    await sender.idle();
    clock.advance(30_000);
    await sender.idle();
    assert.deepEqual(delivery, {
      id: 1,
      subscriptionId: 's',
      url,
      state: 'delivered',
      tries: [
        { at: START, status: 500 },
        { at: START + 3_000, status: null, error: 'no answer within 60 ms' },
        { at: START + 33_000, status: 204 },
      ],
    });
    assert.deepEqual(bodies(), ['try 1', 'try 2', 'try 3']);
    await sender.close();
  });

  it('two failed first tries ban for the given time and what comes meanwhile is lost', async () => {
    const clock = createClock(START);
    const sender = createWebhookSender({ clock }, RULES);
    receiver.answers.push(500, 500);
    sender.send(message());
    await sender.idle();
    assert.equal(sender.health('s').failures, 1);
    sender.send(message());
    await sender.idle();
    assert.equal(sender.health('s').bannedUntil, START + 60_000);
    assert.equal(sender.send(message()).state, 'banned');
    assert.equal(sender.send(message('another')).state, 'pending', 'a ban is for one subscription');
    await sender.idle();
    clock.advance(60_000);
    const next = sender.send(message());
    await sender.idle();
    assert.deepEqual([next.state, sender.health('s').failures], ['delivered', 0]);
    await sender.close();
  });

  it('reports exhaustion at once on a status that ends it, and staleness when no success came in time', async () => {
    const clock = createClock(START);
    const exhausted: string[] = [];
    const stale: string[] = [];
    const sender = createWebhookSender({ clock }, RULES, {
      exhausted: (delivery) => exhausted.push(`${delivery.subscriptionId} ${delivery.tries.length}`),
      stale: (id) => stale.push(id),
    });
    receiver.answers.push(410);
    sender.send(message());
    await sender.idle();
    assert.deepEqual(exhausted, ['s 1']);
    clock.advance(3_599_999);
    assert.deepEqual(stale, []);
    clock.advance(1);
    assert.deepEqual(stale, ['s']);
    await sender.close();
  });

  it('a success calls staleness off', async () => {
    const clock = createClock(START);
    const stale: string[] = [];
    const sender = createWebhookSender({ clock }, RULES, { stale: (id) => stale.push(id) });
    receiver.answers.push(500, 200);
    sender.send(message());
    await sender.idle();
    clock.advance(3_000);
    await sender.idle();
    clock.advance(7_200_000);
    assert.deepEqual(stale, []);
    assert.equal(sender.health('s').lastSuccessAt, START + 3_000);
    await sender.close();
  });

  it('a cancelled subscription gets no retries and closing ends a hanging request', async () => {
    const clock = createClock(START);
    const sender = createWebhookSender({ clock }, { ...RULES, timeoutMs: 60_000 });
    receiver.answers.push(500, 0);
    const first = sender.send(message());
    await sender.idle();
    sender.cancel('s');
    clock.advance(3_000);
    await sender.idle();
    assert.deepEqual([first.state, first.tries.length, bodies().length], ['cancelled', 1, 1]);
    const hanging = sender.send(message());
    const startedAt = performance.now();
    await sender.close();
    assert.ok(performance.now() - startedAt < 5_000);
    assert.equal(hanging.state, 'cancelled');
  });

  it('keeps at most the given number of requests to a subscription under way', async () => {
    const clock = createClock(START);
    const sender = createWebhookSender({ clock }, { ...RULES, maxConcurrent: 1 });
    receiver.answers.push(500, 200, 200);
    const sent = [sender.send(message()), sender.send(message()), sender.send(message())];
    await sender.idle();
    assert.deepEqual(
      sent.map((one) => one.tries[0]?.status),
      [500, 200, 200],
      'answers are taken in sending order when only one is under way',
    );
    await sender.close();
  });

  it('an address that cannot be called is a failed try, not a crash', async () => {
    const clock = createClock(START);
    const sender = createWebhookSender({ clock }, { ...RULES, retryDelaysMs: [] });
    const broken = sender.send({ ...message(), url: 'not a url' });
    const refused = sender.send({ ...message(), url: 'http://127.0.0.1:1/' });
    await sender.idle();
    assert.deepEqual([broken.state, refused.state], ['failed', 'failed']);
    assert.match(refused.tries[0]?.error ?? '', /ECONNREFUSED/);
    await sender.close();
  });
});
