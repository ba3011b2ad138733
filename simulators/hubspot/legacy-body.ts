import type { SimulatorReply } from '../core/route.ts';
import { failure } from './errors.ts';
import type { CrmObject } from './records.ts';
import type { ObjectStore } from './store.ts';
import { checkProperties, textOf } from './write-body.ts';

/** `{properties: [{property | name, value}]}` as texts, or the refusal in the old generations' words. */
export function readLegacyWrite(
  store: ObjectStore,
  body: unknown,
): { properties: Record<string, string> } | { refusal: SimulatorReply } {
  const given = (body as { properties?: unknown } | undefined)?.properties;
  if (!Array.isArray(given)) {
    return { refusal: legacyFailure(400, 'Invalid input JSON: `properties` must be a list') };
  }
  const key = store.kind === 'contacts' ? 'property' : 'name';
  const properties = Object.fromEntries(
    (given as Array<Record<string, unknown>>).map((one) => [textOf(one[key]), textOf(one['value'] ?? '')]),
  );
  const refusal = checkProperties(store, properties);
  if (!refusal) return { properties };
  const { errors } = refusal.body as {
    errors: Array<{ message: string; code: string; context: { propertyName: string[] } }>;
  };
  const validationResults = errors.map(({ message, code, context }) => ({
    isValid: false,
    message,
    error: code,
    name: context.propertyName[0],
  }));
  return { refusal: legacyFailure(400, 'Property values were not valid', { validationResults }) };
}

/** Errors of the old generations have no category. */
export function legacyFailure(
  status: number,
  message: string,
  more: Record<string, unknown> = {},
): SimulatorReply {
  const { body } = failure(status, '', message, more);
  const { category: _, ...rest } = body as Record<string, unknown>;
  return { status, body: rest };
}

export const noSuchContact = (): SimulatorReply => legacyFailure(404, 'contact does not exist');
export const noSuchResource = (): SimulatorReply => legacyFailure(404, 'resource not found');

export const contactExists = (taken: CrmObject): SimulatorReply =>
  legacyFailure(409, 'Contact already exists', {
    error: 'CONTACT_EXISTS',
    identityProfile: {
      vid: taken.id,
      identity: [{ value: taken.fields.properties['email'], type: 'EMAIL', timestamp: taken.createdAt }],
      linkedVid: [],
      isContact: true,
      savedAtTimestamp: taken.createdAt,
    },
  });
