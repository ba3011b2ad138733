import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import { printCeql } from '../../ceql/print-ceql.ts';
import type { Kind } from './kinds.ts';
import { compileWhere, pushFilter, type Pushed } from './query.ts';

function share(
  kind: Kind,
  text: string,
): { parameters: Pushed['parameters']; list: string; rest: string | null } {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok, text);
  const compiled = compileWhere(kind, parsed.tree);
  assert.ok(!('problem' in compiled));
  const { list, parameters } = compiled.pushed as Pushed;
  return { list, parameters, rest: compiled.rest && printCeql(compiled.rest) };
}

test('references, status and ids are left to Pipedrive', () => {
  assert.deepEqual(share('deals', "owner_id = 5 AND org_id = '7' AND stage_id=2 AND status = 'won'"), {
    list: 'deals',
    parameters: { owner_id: '5', org_id: '7', stage_id: '2', status: 'won' },
    rest: null,
  });
  assert.deepEqual(share('persons', 'id IN (3, 1, 3)').parameters, { ids: '3,1' });
  assert.equal(share('deals', 'user_id = 5').parameters['owner_id'], '5');
});

test('bounds on the change time become an inclusive since and an exclusive until of whole seconds', () => {
  const parametersOf = (text: string): object => share('persons', text).parameters;
  assert.deepEqual(parametersOf("update_time >= '2026-05-15 10:16:44'"), {
    updated_since: '2026-05-15T10:16:44Z',
  });
  assert.deepEqual(parametersOf("update_time > '2026-05-15T10:16:44Z'"), {
    updated_since: '2026-05-15T10:16:45Z',
  });
  assert.deepEqual(parametersOf("update_time >= '2026-05-15T10:16:44.200Z'"), {
    updated_since: '2026-05-15T10:16:45Z',
  });
  assert.deepEqual(parametersOf("update_time < '2026-05-15T10:16:44Z'"), {
    updated_until: '2026-05-15T10:16:44Z',
  });
  assert.deepEqual(parametersOf("update_time = '2026-05-15T10:16:44Z'"), {
    updated_since: '2026-05-15T10:16:44Z',
    updated_until: '2026-05-15T10:16:45Z',
  });
  assert.deepEqual(parametersOf("since = '2026-05-15T10:16:44Z' AND update_time > '2026-05-01'"), {
    updated_since: '2026-05-15T10:16:44Z',
  });
});

test('what a list does not filter exactly is left to us', () => {
  assert.deepEqual(share('persons', "owner_id = 5 AND name LIKE 'A%'"), {
    list: 'persons',
    parameters: { owner_id: '5' },
    rest: "name LIKE 'A%'",
  });
  for (const text of [
    'owner_id = 5 OR owner_id = 6',
    'owner_id != 5',
    "owner_id = 'me'",
    "status = 'open'",
    'stage_id = 1',
    "update_time LIKE '2026%'",
    "update_time > 'soon'",
    'id IN (1, 0)',
  ]) {
    assert.deepEqual(share('persons', text).parameters, {}, text);
    assert.notEqual(share('persons', text).rest, null, text);
  }
  assert.equal(share('persons', 'owner_id = 5 AND owner_id = 6').rest, 'owner_id = 6');
});

test('more ids than a list takes are compared here', () => {
  const ids = Array.from({ length: 101 }, (_, index) => index + 1).join(', ');
  assert.deepEqual(share('deals', `id IN (${ids})`).parameters, {});
});

test('archived deals are another list, which a feed never changes to', () => {
  assert.equal(share('deals', 'is_archived = true').list, 'deals/archived');
  const parsed = parseCeql('is_archived = true AND owner_id = 3');
  assert.ok(parsed.ok);
  const { parameters, rest } = pushFilter('deals', parsed.tree);
  assert.deepEqual(parameters, { owner_id: '3' });
  assert.equal(rest && printCeql(rest), 'is_archived = true');
});
