import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import { createSalesforceStore } from '../../../simulators/salesforce/store.ts';
import { createClock } from '../../../simulators/core/clock.ts';
import { runSoql } from '../../../simulators/salesforce/soql/run-soql.ts';
import { compileToSoql, type SharedWhere } from './compile-where.ts';
import type { Described } from './described.ts';

const described: Described = {
  name: 'Account',
  replicateable: true,
  fields: [
    ['AnnualRevenue', 'currency', 'fscu'],
    ['BillingAddress', 'address', 'f'],
    ['Birth__c', 'date', 'fscu'],
    ['CreatedDate', 'datetime', 'fs'],
    ['Description', 'textarea', 'cu'],
    ['Id', 'id', 'fs'],
    ['IsDeleted', 'boolean', 'fs'],
    ['Name', 'string', 'fscu'],
    ['Phone', 'phone', 'fscu'],
    ['Regions__c', 'multipicklist', 'fcu'],
    ['Type', 'picklist', 'fscu'],
  ],
};

const share = (where: string, known: Described | null = described): SharedWhere => {
  const parsed = parseCeql(where);
  assert.ok(parsed.ok, where);
  return compileToSoql(parsed.tree, known);
};
const soql = (where: string, known: Described | null = described): string | null => {
  const shared = share(where, known);
  assert.ok('soql' in shared, where);
  assert.equal(shared.rest, null, where);
  return shared.soql;
};

test('values are written as the type of the field asks, however the client wrote them', () => {
  assert.equal(soql("Name = 'Ada'"), "Name = 'Ada'");
  assert.equal(soql('name = 5'), "Name = '5'");
  assert.equal(soql("AnnualRevenue >= '5.50'"), 'AnnualRevenue >= 5.50');
  assert.equal(soql("IsDeleted != 'True'"), 'IsDeleted != TRUE');
  assert.equal(soql("CreatedDate > '2026-11-20T09:15:00.000+01:00'"), 'CreatedDate > 2026-11-20T08:15:00Z');
  assert.equal(soql('CreatedDate < 2026-11-20'), 'CreatedDate < 2026-11-20T00:00:00Z');
  assert.equal(soql("CreatedDate < '2026-11-20T09:15:00.250Z'"), 'CreatedDate < 2026-11-20T09:15:00.250Z');
  assert.equal(soql("Birth__c = '2026-11-20'"), 'Birth__c = 2026-11-20');
  assert.equal(soql("Type IN ('Customer', 'Partner')"), "Type IN ('Customer', 'Partner')");
  assert.equal(soql('Type IS NULL AND Phone IS NOT NULL'), 'Type = NULL AND Phone != NULL');
});

test('a day is before every instant of that day but its first', () => {
  const noon = "'2026-11-20T12:00:00Z'";
  assert.equal(soql(`Birth__c < ${noon}`), 'Birth__c <= 2026-11-20');
  assert.equal(soql(`Birth__c <= ${noon}`), 'Birth__c <= 2026-11-20');
  assert.equal(soql(`Birth__c > ${noon}`), 'Birth__c > 2026-11-20');
  assert.equal(soql(`Birth__c >= ${noon}`), 'Birth__c > 2026-11-20');
  assert.notEqual((share(`Birth__c = ${noon}`) as { rest: unknown }).rest, null);
});

test('nothing in a text ends it, and only % is a wildcard', () => {
  assert.equal(soql("Name = 'O''Hara \\ Søn'"), String.raw`Name = 'O\'Hara \\ Søn'`);
  assert.equal(soql("Name LIKE '100\\_%'"), String.raw`Name LIKE '100\\\_%'`);
  assert.equal(soql("Name = 'a\nb'"), String.raw`Name = 'a\nb'`);
  assert.equal(soql("Name = 'x'' OR Name != ''y'"), String.raw`Name = 'x\' OR Name != \'y'`);
});

test('AND and OR are never mixed without parentheses', () => {
  assert.equal(
    soql("Name = 'a' OR Name = 'b' AND (Type = 'c' OR Type = 'd')"),
    "(Name = 'a' OR (Name = 'b' AND (Type = 'c' OR Type = 'd')))",
  );
  assert.equal(
    soql("Name = 'a' AND (Type = 'c' OR Type = 'd')"),
    "Name = 'a' AND (Type = 'c' OR Type = 'd')",
  );
});

test('multi-select picklists are compared one by one', () => {
  assert.equal(soql("Regions__c IN ('a', 'b;c')"), "(Regions__c = 'a' OR Regions__c = 'b;c')");
});

test('relationships are pushed as their values are written, stamps without quotes', () => {
  assert.equal(
    soql("Owner.Name = 'Ada' AND Owner.IsActive = true AND Account.Score__c > 5"),
    "Owner.Name = 'Ada' AND Owner.IsActive = TRUE AND Account.Score__c > 5",
  );
  assert.equal(
    soql("Account.CreatedDate > '2026-11-20T09:15:00Z' AND Owner.Name LIKE 'A%'"),
    "Account.CreatedDate > 2026-11-20T09:15:00Z AND Owner.Name LIKE 'A%'",
  );
});

test('what Salesforce cannot say is left to us, the rest is pushed', () => {
  const shared = share(
    "Description LIKE '%x%' AND Name = 'a' AND Name > 5 AND (Type = 'b' OR Description = 'c')",
  );
  assert.ok('soql' in shared);
  assert.equal(shared.soql, "Name = 'a'");
  assert.equal(shared.rest?.type === 'and' && shared.rest.terms.length, 3);
});

test('what neither can do is refused with its name', () => {
  for (const where of ["BillingAddress = 'x'", "Description = 'x' OR Owner.Name = 'y'", "`a b` = 'x'"]) {
    const shared = share(where);
    assert.ok('problem' in shared, where);
    assert.match(shared.problem, /BillingAddress|Owner\.Name|a b/);
  }
});

test('a field nobody knows goes to Salesforce, which refuses it by name', () => {
  assert.equal(soql("Nope__c = 'x'"), "Nope__c = 'x'");
  assert.equal(soql("Name = 'x' AND Score__c >= 5", null), "Name = 'x' AND Score__c >= 5");
});

test('every text finds itself and nothing else, whatever is in it', () => {
  const clock = createClock(Date.UTC(2026, 10, 20));
  const store = createSalesforceStore({ clock, userId: () => '0055f0000000001AAA' });
  const character = fc.oneof(
    fc.constantFrom("'", '\\', '_', '%', '\n', '\r', '\t', '\b', '\f', '"', 'n', 'A', 'a', ' '),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  );
  const text = fc.array(character, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (wanted, other) => {
      const ids = [wanted, other].map((Name) => store.accounts.create({ Name }).id);
      const find = (where: string | null): string[] =>
        runSoql(store, `SELECT Id FROM Account WHERE ${where}`, false, clock.now()).rows.map(({ id }) => id);
      const value = { type: 'text', value: wanted } as const;
      const equal = compileToSoql({ type: 'compare', field: 'Name', operator: '=', value }, described);
      const like = compileToSoql({ type: 'compare', field: 'Name', operator: 'LIKE', value }, described);
      assert.ok('soql' in equal && 'soql' in like);
      const found = find(equal.soql);
      assert.ok(found.includes(ids[0]!));
      if (wanted.toLowerCase() !== other.toLowerCase()) assert.ok(!found.includes(ids[1]!));
      if (!wanted.includes('%')) assert.deepEqual(find(like.soql), found);
      ids.forEach((id) => store.accounts.purge(id));
    }),
    { numRuns: 300 },
  );
});
