import { textOf } from '../connectors/configuration-text.ts';
import { Fault } from '../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import { isAbsent } from './entry-values.ts';
import { stripTags } from './strip-tags.ts';

/** What a client asks for when it creates or changes an instance; null is "not said". */
export interface InstanceRequest {
  /** Key or number of the element. */
  element: string | null;
  name: string | null;
  tags: string[] | null;
  configuration: JsonObject | null;
  /** `providerData.code`: what the vendor's consent page gave. */
  code: string | null;
  /** `providerData.state`, which came back with it. */
  state: string | null;
  /** `externalAuthentication: "initial"`. */
  external: boolean;
}

/** With HTML tags, before they are stripped. */
const MAX_RAW_LENGTH = 2_000;
const MAX_NAME_LENGTH = 255;
const MAX_TAGS = 100;
const MAX_ENTRIES = 500;
const MAX_KEY_LENGTH = 255;
const MAX_CONFIGURATION_LENGTH = 512 * 1024;
const MAX_DEPTH = 32;
const MAX_CODE_LENGTH = 8 * 1024;

/**
 * Reads the body of a creation or change. What is empty or a placeholder is not said; fields it does not know are
 * left alone.
 * @throws Fault `bad_request` that names everything of the wrong form.
 */
export function readInstanceRequest(body: Json | undefined): InstanceRequest {
  const request = body === undefined || body === null ? {} : body;
  if (!isJsonObject(request)) throw new Fault('bad_request', 'The body must be a JSON object.');
  const problems: string[] = [];
  const complain = (problem: string): null => {
    problems.push(problem);
    return null;
  };
  const element = isJsonObject(request['element']) ? request['element'] : {};
  const providerData = isJsonObject(request['providerData']) ? request['providerData'] : {};
  const read = {
    element: readKeyOrId(element['key']) ?? readKeyOrId(element['id']),
    name: readName(request['name'], complain),
    tags: readTags(request['tags'], complain),
    configuration: readConfiguration(request['configuration'], complain),
    code: readCode(providerData['code'], 'providerData.code', complain),
    state: readCode(providerData['state'], 'providerData.state', complain),
    external: textOf(request['externalAuthentication'])?.toLowerCase() === 'initial',
  };
  if (problems.length > 0) throw new Fault('bad_request', `${problems.join('; ')}.`);
  return read;
}

type Complain = (problem: string) => null;

function readKeyOrId(value: Json | undefined): string | null {
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : null;
}

function readName(value: Json | undefined, complain: Complain): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return complain('name must be text');
  if (value.length > MAX_RAW_LENGTH) return complain('name is too long');
  const name = stripTags(value);
  if (name.length > MAX_NAME_LENGTH) return complain(`name is longer than ${MAX_NAME_LENGTH} characters`);
  if (!isStorable(name)) return complain('name holds a character that cannot be stored');
  return name === '' ? null : name;
}

function readTags(value: Json | undefined, complain: Complain): string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || !value.every((tag) => typeof tag === 'string' || tag === null)) {
    return complain('tags must be a list of texts');
  }
  if (value.length > MAX_TAGS) return complain(`tags are more than ${MAX_TAGS}`);
  if (value.some((tag) => (tag?.length ?? 0) > MAX_RAW_LENGTH)) return complain('a tag is too long');
  const tags = new Set(value.flatMap((tag) => (tag === null || isAbsent(tag) ? [] : [stripTags(tag)])));
  tags.delete('');
  for (const tag of tags) {
    if (tag.length > MAX_NAME_LENGTH) return complain(`a tag is longer than ${MAX_NAME_LENGTH} characters`);
    if (!isStorable(tag)) return complain('a tag holds a character that cannot be stored');
  }
  return [...tags];
}

function readCode(value: Json | undefined, what: string, complain: Complain): string | null {
  if (value === undefined || isAbsent(value)) return null;
  if (typeof value !== 'string') return complain(`${what} must be text`);
  return value.length > MAX_CODE_LENGTH ? complain(`${what} is too long`) : value.trim();
}

function readConfiguration(value: Json | undefined, complain: Complain): JsonObject | null {
  if (value === undefined || value === null) return null;
  if (!isJsonObject(value)) return complain('configuration must be an object of entries');
  const problem = configurationProblem(value);
  return problem === undefined ? value : complain(problem);
}

/** What keeps entries from being stored at all, whatever they mean. */
export function configurationProblem(configuration: JsonObject): string | undefined {
  const entries = Object.entries(configuration);
  if (entries.length > MAX_ENTRIES) return `configuration has more than ${MAX_ENTRIES} entries`;
  // Depth first: the rest walks the whole value.
  const deep = entries.find(([, value]) => isDeeperThan(value, MAX_DEPTH));
  if (deep !== undefined) return `${shown(deep[0])} is nested deeper than ${MAX_DEPTH} levels`;
  if (JSON.stringify(configuration).length > MAX_CONFIGURATION_LENGTH) {
    return `configuration is larger than ${MAX_CONFIGURATION_LENGTH / 1024} KB`;
  }
  for (const [key, value] of entries) {
    if (key.trim() === '' || key.length > MAX_KEY_LENGTH) {
      return `${shown(key)} is no key: keys have 1 to ${MAX_KEY_LENGTH} characters`;
    }
    if (!isStorable(key) || !isStorableValue(value)) {
      return `${shown(key)} holds a character that cannot be stored`;
    }
  }
  return undefined;
}

function shown(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key);
}

function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

/** PostgreSQL holds neither the zero character nor half a surrogate pair. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function isStorableValue(value: Json): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorableValue(member));
}
