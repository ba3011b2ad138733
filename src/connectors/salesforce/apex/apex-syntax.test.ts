import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApexParserFactory } from '@apexdevtools/apex-parser';
import type { SetupContext } from '../../webhooks.ts';
import { hookPackage } from '../webhooks-package.ts';

const context: SetupContext = {
  configuration: {},
  instanceId: 7,
  objects: ['Account', 'contacts', 'User', 'My_Very_Long_Named_Object__c', 'My_Very_Long_Named_Objects__c'],
  url: "https://hooks.example/it's/elements/api-v2/events/sfdc/Nw",
  elementUrl: "https://hooks.example/it's/elements/api-v2/events/sfdc",
  token: 'token',
  basic: { username: 'user', password: 'password' },
  signatureKey: "a \\ quoted ' key",
};
const sources = hookPackage(context).files.filter(({ path }) => /\.(cls|trigger)$/.test(path));

/** Throws at the first mistake. */
function parse(path: string, source: string): void {
  const parser = ApexParserFactory.createParser(source, true);
  if (path.endsWith('.cls')) parser.compilationUnit();
  else parser.triggerUnit();
}

for (const { path, text } of sources) {
  test(`${path.replace(/Tidings[^/.]*?(Test|_[A-Z]\w*)?\./, 'hook$1.')} is Apex`, () => {
    parse(path, text);
  });
}

test('the parser for Apex notices a mistake', () => {
  const [first] = sources;
  assert.throws(() => parse(first!.path, first!.text.replace('}', '')));
});
