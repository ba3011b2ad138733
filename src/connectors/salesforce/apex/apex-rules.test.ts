import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApexParser, ApexParserFactory } from '@apexdevtools/apex-parser';
import type { SetupContext } from '../../webhooks.ts';
import { hookPackage } from '../webhooks-package.ts';

/** A part of a source by its name in the grammar; a word of the source has none. */
interface Part {
  rule: string;
  text: string;
  children: Part[];
}

const context: SetupContext = {
  configuration: {},
  instanceId: 7,
  objects: ['Account', 'Contact'],
  url: 'https://hooks.example/elements/api-v2/events/sfdc/Nw',
  elementUrl: 'https://hooks.example/elements/api-v2/events/sfdc',
  token: 'token',
  basic: { username: 'user', password: 'password' },
  signatureKey: 'a key',
};
const files = hookPackage(context).files;
const sourceOf = (pattern: RegExp): string => files.find(({ path }) => pattern.test(path))!.text;
const CLASS = sourceOf(/_[0-9a-f]{6}\.cls$/);
const TRIGGER = sourceOf(/_Account\.trigger$/);
const TEST_CLASS = sourceOf(/Test\.cls$/);

interface Node {
  ruleIndex?: number;
  children?: Node[] | null;
  getText(): string;
}

function parse(source: string): Part {
  const parser = ApexParserFactory.createParser(source, true);
  const tree = source.startsWith('trigger') ? parser.triggerUnit() : parser.compilationUnit();
  const toPart = (node: Node): Part => ({
    rule: node.ruleIndex === undefined ? '' : ApexParser.ruleNames[node.ruleIndex]!,
    text: node.getText(),
    children: (node.children ?? []).map(toPart),
  });
  return toPart(tree);
}

const all = (part: Part, ...rules: string[]): Part[] => [
  ...(rules.includes(part.rule) ? [part] : []),
  ...part.children.flatMap((child) => all(child, ...rules)),
];
const calls = (part: Part): string[] =>
  all(part, 'methodCall', 'dotMethodCall').map(({ text }) => text.slice(0, text.indexOf('(')));
const LOOPS = ['forStatement', 'whileStatement', 'doWhileStatement'];
/** Nothing that counts against a limit of the customer's transaction. */
const COSTLY = [
  'query',
  'soqlLiteral',
  'soslLiteral',
  'insertStatement',
  'updateStatement',
  'upsertStatement',
].concat(['deleteStatement', 'undeleteStatement', 'mergeStatement']);

/** A method of the class with its annotations. */
function methodOf(source: string, name: string): { body: Part; annotations: string[] } {
  const declared = all(parse(source), 'classBodyDeclaration').find((one) =>
    one.children.some(({ children }) =>
      children.some(
        ({ rule, children: parts }) =>
          rule === 'methodDeclaration' && parts.some(({ text }) => text === name),
      ),
    ),
  );
  assert.ok(declared, `there is no method ${name}`);
  return {
    body: all(declared, 'block')[0]!,
    annotations: declared.children
      .flatMap((child) => all(child, 'annotation'))
      .map(({ text }) => text.toLowerCase()),
  };
}

/** What would break a save, or not hold for two hundred records at once. */
function problemsOf({ hook = CLASS, trigger = TRIGGER }: { hook?: string; trigger?: string }): string[] {
  const unit = parse(trigger);
  const methods = ['tell', 'write', 'hasRoom', 'thin', 'start', 'sendLater', 'execute', 'send', 'signed'];
  const bodies = new Map(methods.map((name) => [name, methodOf(hook, name)]));
  const bodyOf = (name: string): Part => bodies.get(name)!.body;
  const callersOf = (name: string): string[] => methods.filter((one) => calls(bodyOf(one)).includes(name));
  const isGuarded = (name: string): boolean => {
    const statements = bodyOf(name).children.filter(({ rule }) => rule === 'statement');
    const [only] = statements;
    const isTry = statements.length === 1 && only?.children[0]?.rule === 'tryStatement';
    const caught = all(bodyOf(name), 'catchClause');
    return (
      isTry &&
      caught.some(({ text }) => text.startsWith('catch(Exception')) &&
      all(bodyOf(name), 'throwStatement').length === 0
    );
  };
  const count = (part: Part, name: string): number => calls(part).filter((one) => one === name).length;
  const isLoopFree = (name: string): boolean => all(bodyOf(name), ...LOOPS).length === 0;
  const creators = methods.filter((name) =>
    all(bodyOf(name), 'creator').some(({ text }) => text.startsWith('Http(')),
  );
  const checks: [problem: string, holds: boolean][] = [
    [
      'the trigger is more than one call of the class',
      count(unit, 'tell') === 1 && all(unit, 'statement').length === 1,
    ],
    ['the trigger loops or queries', all(unit, ...LOOPS, ...COSTLY).length === 0],
    ['the class queries or writes', all(parse(hook), ...COSTLY).length === 0],
    ['an error of writing the body reaches the save', isGuarded('tell')],
    ['an error of the callout is not caught', isGuarded('send')],
    ['something but send calls out', creators.join() === 'send' && count(bodyOf('send'), 'send') === 1],
    [
      'the callout is made in the transaction of the save',
      callersOf('send').join() === 'sendLater,execute,send',
    ],
    ['the future may not call out', bodies.get('sendLater')!.annotations.join() === '@future(callout=true)'],
    [
      'more than one callout per invocation',
      callersOf('sendLater').join() === 'start' && callersOf('start').join() === 'tell',
    ],
    ['callouts in a loop', ['tell', 'start', 'sendLater', 'execute', 'send'].every(isLoopFree)],
    [
      'futures are started without a look at their limit',
      limitsOf(bodyOf('start')).includes('getLimitFutureCalls'),
    ],
    [
      'jobs are started without a look at their limit',
      limitsOf(bodyOf('start')).includes('getLimitQueueableJobs'),
    ],
    [
      'futures are started from a future or a batch',
      ['isFuture', 'isBatch'].every((name) => calls(bodyOf('start')).includes(name)),
    ],
    [
      'records are written without a look at heap and time',
      ['getLimitHeapSize', 'getLimitCpuTime'].every((name) => limitsOf(bodyOf('hasRoom')).includes(name)),
    ],
  ];
  return checks.flatMap(([problem, holds]) => (holds ? [] : [problem]));
}

const limitsOf = (part: Part): string[] => calls(part).filter((name) => name.startsWith('getLimit'));

test('the trigger is safe for any number of records, and the class never breaks the save that fired it', () => {
  assert.deepEqual(problemsOf({}), []);
});

test('the rules see what would break them', () => {
  const loop = TRIGGER.replace(/\{\n/, '{\n for (SObject one : Trigger.new) {\n').replace(/\}\n$/, '}\n}\n');
  assert.ok(problemsOf({ trigger: loop }).includes('the trigger loops or queries'));
  const query = TRIGGER.replace(/\{\n/, '{\n List<Account> all = [SELECT Id FROM Account];\n');
  assert.ok(problemsOf({ trigger: query }).includes('the trigger loops or queries'));
  const broken: [problem: string, was: string | RegExp, becomes: string][] = [
    [
      'an error of writing the body reaches the save',
      'catch (Exception problem) {',
      'catch (DmlException problem) {',
    ],
    ['the future may not call out', '@future(callout=true)', '@future'],
    ['the callout is made in the transaction of the save', 'sendLater(body);', 'send(body);'],
    [
      'callouts in a loop',
      'start(write(records, action));',
      'for (SObject one : records) { start(write(records, action)); }',
    ],
    [
      'futures are started without a look at their limit',
      'Limits.getFutureCalls() < Limits.getLimitFutureCalls()',
      'true',
    ],
    [
      'the class queries or writes',
      'new Http().send(signed(body));',
      'new Http().send(signed(body)); insert new Account();',
    ],
  ];
  for (const [problem, was, becomes] of broken) {
    const hook = CLASS.replace(was, becomes);
    assert.notEqual(hook, CLASS, problem);
    assert.ok(problemsOf({ hook }).includes(problem), problem);
  }
});

test('the test class is one, without the data of the org, and its callouts are mocked before they are made', () => {
  const unit = parse(TEST_CLASS);
  const declaration = all(unit, 'typeDeclaration')[0]!;
  const ofClass = declaration.children
    .filter(({ rule }) => rule === 'modifier')
    .map(({ text }) => text.toLowerCase());
  assert.deepEqual(ofClass, ['@istest', 'private']);
  const tests = all(unit, 'classBodyDeclaration').filter(({ children }) =>
    children.some(({ rule, text }) => rule === 'modifier' && text.toLowerCase() === '@istest'),
  );
  assert.equal(tests.length, 4);
  for (const one of tests) {
    const called = calls(one);
    const sends =
      ['tell', 'insert', 'enqueueJob'].some((name) => called.includes(name)) &&
      !one.text.includes('tell(null');
    if (sends) assert.ok(called.indexOf('setMock') === 0, one.text.slice(0, 60));
    assert.ok(
      called.some((name) => name.startsWith('assert')),
      `${one.text.slice(0, 60)} asserts something`,
    );
  }
});
