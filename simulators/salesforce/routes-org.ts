import type { Route, SimulatorRequest } from '../core/route.ts';
import { notFound } from './errors.ts';
import { api, param } from './guarded.ts';
import type { Limits } from './limits.ts';
import type { Org } from './org.ts';

/** The versions of API; the newest is Winter '27 (vendor page, 2026-11). Those up to 30 are retired. */
export const NEWEST_VERSION = 68;
export const OLDEST_VERSION = 31;

/** What an org tells of itself: versions, limits, and who is signed in. */
export function orgRoutes(org: Org, limits: Limits): Route[] {
  return [
    { method: 'GET', path: '/services/data', handle: () => ({ status: 200, body: versions() }) },
    api('GET', '', (request) => {
      const root = `/services/data/${param(request, 'version')}`;
      const names = ['sobjects', 'query', 'queryAll', 'limits', 'composite', 'tooling'];
      const identity = `${request.origin}/id/${org.organization.id}/${org.user.id}`;
      return {
        status: 200,
        body: { identity, ...Object.fromEntries(names.map((name) => [name, `${root}/${name}`])) },
      };
    }),
    api('GET', '/limits', () => ({
      status: 200,
      body: {
        DailyApiRequests: { Max: limits.max, Remaining: Math.max(0, limits.max - limits.used()) },
        DailyAsyncApexExecutions: { Max: 250_000, Remaining: 250_000 },
      },
    })),
    {
      method: 'GET',
      path: '/services/oauth2/userinfo',
      handle: (request) => ({ status: 200, body: userInfo(org, request) }),
    },
    {
      method: 'GET',
      path: '/id/:organization/:user',
      handle: (request) => {
        const { organization, user } = request.params;
        const isHere = organization === org.organization.id && user === org.user.id;
        return isHere ? { status: 200, body: identity(org, request) } : notFound();
      },
    },
  ];
}

function versions(): unknown[] {
  const numbers = Array.from(
    { length: NEWEST_VERSION - OLDEST_VERSION + 1 },
    (_, nth) => OLDEST_VERSION + nth,
  );
  // Releases: Spring '26 is 66.0, three a year.
  const season = (version: number): string => ['Spring', 'Summer', 'Winter'][(version - 66 + 99) % 3]!;
  const year = (version: number): number => 26 + Math.floor((version - 66 + 1) / 3);
  return numbers.map((version) => ({
    label: `${season(version)} '${year(version)}`,
    url: `/services/data/v${version}.0`,
    version: `${version}.0`,
  }));
}

function urls(request: SimulatorRequest): Record<string, string> {
  return {
    rest: `${request.origin}/services/data/v{version}/`,
    sobjects: `${request.origin}/services/data/v{version}/sobjects/`,
    query: `${request.origin}/services/data/v{version}/query/`,
  };
}

function userInfo({ organization, user }: Org, request: SimulatorRequest): unknown {
  const { fields } = user;
  return {
    sub: `${request.origin}/id/${organization.id}/${user.id}`,
    user_id: user.id,
    organization_id: organization.id,
    preferred_username: fields['Username'],
    nickname: 'ada',
    name: fields['Name'],
    email: fields['Email'],
    email_verified: true,
    given_name: fields['FirstName'],
    family_name: fields['LastName'],
    zoneinfo: fields['TimeZoneSidKey'],
    urls: urls(request),
    active: true,
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: 7_200_000,
    is_app_installed: true,
  };
}

function identity({ organization, user }: Org, request: SimulatorRequest): unknown {
  const { fields } = user;
  return {
    id: `${request.origin}/id/${organization.id}/${user.id}`,
    asserted_user: true,
    user_id: user.id,
    organization_id: organization.id,
    username: fields['Username'],
    display_name: fields['Name'],
    email: fields['Email'],
    urls: urls(request),
    active: true,
    user_type: 'STANDARD',
    timezone: fields['TimeZoneSidKey'],
  };
}
