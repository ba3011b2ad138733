import { readJson } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { contactExists, legacyFailure, noSuchContact, readLegacyWrite } from './legacy-body.ts';
import type { Portal } from './portal.ts';
import { presentContactV1 } from './present-legacy.ts';
import type { CrmObject } from './records.ts';
import { BY_API, findObject } from './routes-objects.ts';
import type { Session } from './session.ts';

const DAY_MS = 86_400_000;
const REACH_MS = 30 * DAY_MS;
const DEFAULT_NAMES = ['firstname', 'lastname', 'company', 'lastmodifieddate'];

/** What is left of the contact lists of v1 (since 2026-04-30), and single contacts. */
export function routesContactsV1(session: Session): Route[] {
  const portalOf = (request: SimulatorRequest): Portal => session.callerOf(request).portal;
  const recent = (key: 'updatedAt' | 'createdAt') => (request: SimulatorRequest) =>
    listRecent(portalOf(request), request.query, key, session.clock.now());
  const one =
    (work: (portal: Portal, contact: CrmObject, request: SimulatorRequest) => SimulatorReply) =>
    (request: SimulatorRequest): SimulatorReply => {
      const portal = portalOf(request);
      const { vid, email } = request.params;
      const found = findObject(
        portal.store.contacts,
        vid ?? email ?? '',
        false,
        email === undefined ? null : 'email',
      );
      return found ? work(portal, found, request) : noSuchContact();
    };
  const profile = one((portal, contact) => ({ status: 200, body: presentContactV1(portal, contact) }));
  return [
    {
      method: 'GET',
      path: '/contacts/v1/lists/recently_updated/contacts/recent',
      handle: recent('updatedAt'),
    },
    { method: 'GET', path: '/contacts/v1/lists/all/contacts/recent', handle: recent('createdAt') },
    {
      method: 'GET',
      path: '/contacts/v1/lists/all/contacts/all',
      handle: (request) => listAll(portalOf(request), request.query),
    },
    { method: 'GET', path: '/contacts/v1/contact/vid/:vid/profile', handle: profile },
    { method: 'GET', path: '/contacts/v1/contact/email/:email/profile', handle: profile },
    {
      method: 'POST',
      path: '/contacts/v1/contact',
      handle: (request) => createContact(portalOf(request), request),
    },
    { method: 'POST', path: '/contacts/v1/contact/vid/:vid/profile', handle: one(updateContact) },
    {
      method: 'DELETE',
      path: '/contacts/v1/contact/vid/:vid',
      handle: one((portal, contact) => {
        portal.store.contacts.remove(contact.id, BY_API);
        return { status: 200, body: { vid: contact.id, deleted: true, reason: 'OK' } };
      }),
    },
    { method: 'POST', path: '/contacts/v1/contact/merge-vids/:vid', handle: one(mergeContacts) },
  ];
}

function createContact(portal: Portal, request: SimulatorRequest): SimulatorReply {
  const { contacts } = portal.store;
  const write = readLegacyWrite(contacts, readJson(request));
  if ('refusal' in write) return write.refusal;
  const email = write.properties['email'];
  const taken = email ? findObject(contacts, email, false, 'email') : undefined;
  if (taken) return contactExists(taken);
  return { status: 200, body: presentContactV1(portal, contacts.create(write.properties, BY_API)) };
}

function updateContact(portal: Portal, contact: CrmObject, request: SimulatorRequest): SimulatorReply {
  const write = readLegacyWrite(portal.store.contacts, readJson(request));
  if ('refusal' in write) return write.refusal;
  portal.store.contacts.update(contact.id, write.properties, BY_API);
  return { status: 204 };
}

function mergeContacts(portal: Portal, contact: CrmObject, request: SimulatorRequest): SimulatorReply {
  const { vidToMerge } = (readJson(request) ?? {}) as { vidToMerge?: unknown };
  const other = findObject(portal.store.contacts, String(vidToMerge), false);
  if (!other || other.id === contact.id) return legacyFailure(400, 'vidToMerge is not valid');
  portal.store.contacts.merge(contact.id, other.id, BY_API);
  return { status: 200, body: 'SUCCESS' };
}

/** Newest first; the place in the list is the last record's stamp and id, so that nothing is skipped. */
function listRecent(
  portal: Portal,
  query: URLSearchParams,
  key: 'updatedAt' | 'createdAt',
  now: number,
): SimulatorReply {
  const timeOffset = Number(query.get('timeOffset') ?? Infinity);
  const vidOffset = Number(query.get('vidOffset') ?? Infinity);
  const found = portal.store.contacts
    .sorted(key)
    .filter((one) => one.deletedAt === null && one[key] >= now - REACH_MS)
    .filter((one) => one[key] < timeOffset || (one[key] === timeOffset && one.id < vidOffset))
    .reverse();
  return contactPage(portal, query, found, (last) => ({ 'time-offset': last?.[key] ?? 0 }));
}

function listAll(portal: Portal, query: URLSearchParams): SimulatorReply {
  const after = Number(query.get('vidOffset') ?? 0);
  const count = countOf(query);
  const found = portal.store.contacts.after(after, count, (one) => one.deletedAt === null);
  return contactPage(portal, query, found, () => ({}));
}

function contactPage(
  portal: Portal,
  query: URLSearchParams,
  found: readonly CrmObject[],
  more: (last: CrmObject | undefined) => Record<string, unknown>,
): SimulatorReply {
  const page = found.slice(0, countOf(query));
  const asked = query.getAll('property');
  const withHistory = query.get('propertyMode') === 'value_and_history';
  const names = asked.length === 0 ? DEFAULT_NAMES : asked;
  return {
    status: 200,
    body: {
      contacts: page.map((contact) => presentContactV1(portal, contact, names, withHistory)),
      'has-more': found.length > page.length,
      'vid-offset': page.at(-1)?.id ?? 0,
      ...more(page.at(-1)),
    },
  };
}

function countOf(query: URLSearchParams): number {
  const count = Number(query.get('count') ?? 20);
  return Number.isInteger(count) && count >= 1 ? Math.min(count, 100) : 20;
}
