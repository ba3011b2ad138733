import type { AuthMethod } from '../connectors/auth/method.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { AUTHENTICATION_TYPE } from '../elements/catalogue.ts';
import { Fault } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { configurationProblems, missingEntries } from './check-configuration.ts';
import { chooseMethod, CODE } from './choose-method.ts';
import { givenEntries, mergeConfiguration } from './configuration-merge.ts';
import { isAbsent } from './entry-values.ts';
import { readEventSettings } from './event-configuration.ts';
import type { Instance } from './instance.ts';
import { configurationProblem, type InstanceRequest } from './instance-request.ts';
import { secretKeys, withDefaults, type InstanceRecord } from './record.ts';
import { changedOrigins } from './vendor-url.ts';

/** What polling finds wrong with what an instance is to be; `main` passes it in. Problems refuse the request. */
export type InstanceCheck = (draft: Instance) => { problems: string[]; warnings: string[] };

/** What an instance is to be, all that can be checked without the vendor being checked. */
export interface Plan {
  name: string;
  tags: string[];
  /** Without defaults. */
  values: JsonObject;
  method: AuthMethod;
  eventsEnabled: boolean;
  /** Whether the credentials must be got (again). */
  needsSignIn: boolean;
}

const REFRESH_TOKEN = 'oauth.user.refresh_token';

/** @throws Fault `bad_request` that names everything missing and everything wrong. */
export function planCreation(
  connector: Connector,
  request: InstanceRequest,
  owner: Pick<Instance, 'accountId' | 'userId'>,
  checks: readonly InstanceCheck[],
): Plan {
  const isSecret = secretKeys(connector);
  const merged = mergeConfiguration({
    stored: {},
    sent: request.configuration ?? {},
    mode: 'replace',
    isSecret,
  });
  const hasCode = request.code !== null || !isAbsent(merged[REFRESH_TOKEN]);
  const method = chooseMethod(connector, { configuration: merged, hasCode });
  const values = withMethod(connector, method, merged);
  const name = request.name ?? '';
  const tags = request.tags === null || request.tags.length === 0 ? [name] : request.tags;
  const draft = { ...EMPTY_INSTANCE, ...owner, name, tags, elementKey: connector.key };
  const missing = [...(name === '' ? ['name'] : []), ...missingEntries(method, values, hasCode)];
  return finishPlan({ connector, draft, values, method, checks, missing, problems: [], needsSignIn: true });
}

/** @throws as `planCreation`. */
export function planChange(
  record: InstanceRecord,
  request: InstanceRequest,
  mode: 'replace' | 'patch',
  checks: readonly InstanceCheck[],
): Plan {
  const { connector, instance, values: stored } = record;
  const isSecret = secretKeys(connector);
  const sent = request.configuration;
  const merged = sent === null ? stored : mergeConfiguration({ stored, sent, mode, isSecret });
  const given = givenEntries(sent ?? {});
  const hasNewToken =
    given[REFRESH_TOKEN] !== undefined &&
    (request.external || given[REFRESH_TOKEN] !== stored[REFRESH_TOKEN]);
  const hasCode = request.code !== null || hasNewToken;
  const present = chooseMethod(connector, { configuration: instance.configuration, hasCode: false });
  const method = chooseMethod(connector, { configuration: merged, hasCode, present });
  const values = withMethod(connector, method, merged);
  const moved = changedOrigins(connector, instance.configuration, withDefaults(connector, values));
  const needsCode = method.required.includes(CODE);
  const isRenewed = (key: string): boolean =>
    given[key] !== undefined && (given[key] !== stored[key] || instance.attention?.kind === 'reauthorize');
  const needsSignIn =
    method !== present ||
    moved.length > 0 ||
    (needsCode ? hasCode : [...method.required, ...method.chosenBy].some(isRenewed));
  const missing = missingEntries(method, values, hasCode || !needsSignIn);
  const problems =
    moved.length === 0
      ? []
      : originProblems(
          moved,
          method.required.filter((key) =>
            key === CODE ? !hasCode : isSecret(key) && given[key] === undefined,
          ),
        );
  const draft = { ...instance, name: request.name ?? instance.name, tags: request.tags ?? instance.tags };
  return finishPlan({ connector, draft, values, method, checks, missing, problems, needsSignIn });
}

/** Otherwise whoever may change an instance could have its credentials sent to a host of their own. */
function originProblems(moved: readonly string[], notSent: readonly string[]): string[] {
  if (notSent.length === 0) return [];
  return [
    `${moved.join(' and ')} would lead the credentials to another host: send ${notSent.join(', ')} in the same request`,
  ];
}

interface Unfinished {
  connector: Connector;
  draft: Instance;
  values: JsonObject;
  method: AuthMethod;
  checks: readonly InstanceCheck[];
  missing: readonly string[];
  problems: readonly string[];
  needsSignIn: boolean;
}

function finishPlan(unfinished: Unfinished): Plan {
  const { connector, values, method, missing, needsSignIn } = unfinished;
  const tooMuch = configurationProblem(values);
  const configuration = withDefaults(connector, values);
  const { enabled: eventsEnabled } = readEventSettings({ configuration });
  const draft = { ...unfinished.draft, configuration, eventsEnabled };
  const problems = [
    ...(tooMuch === undefined ? [] : [tooMuch]),
    ...configurationProblems(connector, values),
    ...unfinished.problems,
  ];
  // What polling makes of values that are no values would only repeat the problem.
  if (problems.length === 0) {
    problems.push(...unfinished.checks.flatMap((check) => check(draft).problems));
  }
  if (missing.length > 0) problems.unshift(`missing required entries: ${missing.join(', ')}`);
  if (problems.length > 0)
    throw new Fault('bad_request', `The request is not valid: ${problems.join('; ')}.`);
  return { name: draft.name, tags: draft.tags, values, method, eventsEnabled, needsSignIn };
}

/** Where there is a choice, the entry says what was chosen. */
function withMethod(connector: Connector, method: AuthMethod, values: JsonObject): JsonObject {
  const isChoice = connector.authentication.length > 1 || values[AUTHENTICATION_TYPE] !== undefined;
  return isChoice ? { ...values, [AUTHENTICATION_TYPE]: method.type } : values;
}

/** An instance that does not exist yet, for the checks. */
const EMPTY_INSTANCE: Instance = {
  id: 0,
  accountId: 0,
  userId: 0,
  name: '',
  elementKey: '',
  tags: [],
  configuration: {},
  disabled: false,
  eventsEnabled: false,
  configVersion: 0,
  tenantId: null,
  facts: {},
  attention: null,
  createdAt: 0,
};
