import { createHash } from 'node:crypto';
import type { SetupContext } from '../../webhooks.ts';
import { objectName } from '../standard-objects.ts';
import { hookClass } from './hook-class.ts';
import { hookTrigger } from './hook-trigger.ts';

/** Everything an org needs to tell us of its changes. */
export interface ApexHook {
  remoteSite: { name: string; origin: string };
  className: string;
  classBody: string;
  triggers: { name: string; object: string; body: string }[];
}

/** Salesforce's limit for names of classes and triggers (Apex Developer Guide, read 2026-11). */
const LONGEST_NAME = 40;

/** Begins the name of everything made for one webhook URL, so that two servers on one org leave each other's alone. */
export function hookPrefix({ url }: Pick<SetupContext, 'url'>): string {
  return `Tidings${hashOf(url).slice(0, 8)}`;
}

/**
 * The Apex sources for an instance's objects. Names carry a hash of the source, because a body cannot be changed in
 * place: another key or another release gives new names beside the old ones, which are removed afterwards.
 */
export function apexHook(context: SetupContext): ApexHook {
  const prefix = hookPrefix(context);
  const given = { endpoint: context.elementUrl, instanceId: context.instanceId, key: context.signatureKey };
  const version = hashOf(
    hookClass({ ...given, className: '' }) + hookTrigger({ name: '', object: '', className: '' }),
  );
  const className = `${prefix}_${version.slice(0, 6)}`;
  const taken = new Set<string>();
  const triggers = watchedObjects(context.objects).map((object) => {
    const name = triggerName(className, object, taken);
    return { name, object, body: hookTrigger({ name, object, className }) };
  });
  const { origin } = new URL(context.elementUrl);
  return {
    remoteSite: { name: prefix, origin },
    className,
    classBody: hookClass({ ...given, className }),
    triggers,
  };
}

/** The objects in Salesforce's spelling, each once; what can be no object's name is left out. */
function watchedObjects(objects: readonly string[]): string[] {
  return [...new Set(objects.flatMap((name) => objectName(name) ?? []))];
}

/** Names may not hold two underscores in a row, as custom objects do. */
function triggerName(className: string, object: string, taken: Set<string>): string {
  const room = LONGEST_NAME - className.length - 1;
  const letters = object.replace(/[^A-Za-z0-9]/g, '');
  let name = `${className}_${letters.slice(0, room)}`;
  for (let nth = 2; taken.has(name.toLowerCase()); nth += 1) {
    name = `${className}_${letters.slice(0, room - String(nth).length)}${nth}`;
  }
  taken.add(name.toLowerCase());
  return name;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
