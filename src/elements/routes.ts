import Type from 'typebox';
import type { App, Routes } from '../accounts/app.ts';
import { SITE_ADDRESS, type AuthMethod, type ConsentInput } from '../connectors/auth/method.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { Fault } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { elementEntries, findElement } from './catalogue.ts';
import { issueChallenge, type ConsentDeps } from './consents.ts';
import { presentConfiguration, presentElement, presentElementDetail, presentMetadata } from './present.ts';
import {
  ConsentQuery,
  ConsentUrl,
  ElementConfiguration,
  ElementDetail,
  ElementMetadata,
  ElementParams,
  ElementSummary,
} from './schema.ts';

const tags = ['elements'];

export interface ElementRoutesDeps extends ConsentDeps {
  connectors: readonly Connector[];
}

/** `/elements`: what can be connected, and how. */
export function createElementRoutes(deps: ElementRoutesDeps): Routes {
  const { connectors } = deps;
  return (app) => {
    app.get(
      '/elements',
      { schema: { tags, summary: 'The vendors there are', response: { 200: Type.Array(ElementSummary) } } },
      // Not the function itself: it would take the index for a way of signing in.
      () => connectors.map((connector) => presentElement(connector)),
    );

    app.get(
      '/elements/keys',
      { schema: { tags, summary: 'Their keys', response: { 200: Type.Array(Type.String()) } } },
      () => connectors.map((connector) => connector.key),
    );

    app.get(
      '/elements/:keyOrId',
      {
        schema: {
          tags,
          summary: 'One element with its configuration entries',
          params: ElementParams,
          response: { 200: ElementDetail },
        },
      },
      ({ params }) => presentElementDetail(requireElement(connectors, params.keyOrId)),
    );

    app.get(
      '/elements/:keyOrId/configuration',
      {
        schema: {
          tags,
          summary: 'The configuration entries of an element',
          params: ElementParams,
          response: { 200: ElementConfiguration },
        },
      },
      ({ params }) => presentConfiguration(requireElement(connectors, params.keyOrId)),
    );

    app.get(
      '/elements/:keyOrId/metadata',
      {
        schema: {
          tags,
          summary: 'What an element can do: resources, events, default polling',
          params: ElementParams,
          response: { 200: ElementMetadata },
        },
      },
      ({ params }) => presentMetadata(requireElement(connectors, params.keyOrId)),
    );
    registerConsentUrl(app, deps);
  };
}

function registerConsentUrl(app: App, deps: ElementRoutesDeps): void {
  app.get(
    '/elements/:keyOrId/oauth/url',
    {
      schema: {
        tags,
        summary: "The address of the vendor's consent page",
        params: ElementParams,
        querystring: ConsentQuery,
        response: { 200: ConsentUrl },
      },
    },
    async ({ caller, params, query }) => {
      const connector = requireElement(deps.connectors, params.keyOrId);
      const oauthUrl = await consentUrl(deps, caller.accountId, connector, query);
      return { element: connector.key, oauthUrl };
    },
  );
}

/** @throws Fault `not_found` that names the elements there are. */
export function requireElement(connectors: readonly Connector[], keyOrId: string): Connector {
  const connector = findElement(connectors, keyOrId);
  if (connector !== undefined) return connector;
  const keys = connectors.map(({ key }) => key).join(', ');
  throw new Fault('not_found', `There is no element ${JSON.stringify(keyOrId)}; there are ${keys}.`);
}

/** The address of the vendor's consent page. Entries of the element (`oauth.authorization.url`) may ride along. */
async function consentUrl(
  deps: ElementRoutesDeps,
  accountId: number,
  connector: Connector,
  query: Record<string, unknown>,
): Promise<string> {
  const makeUrl = connector.authentication.find((method) => method.consentUrl !== undefined)?.consentUrl;
  if (makeUrl === undefined) {
    throw new Fault('bad_request', `${connector.name} has no consent page: it does not sign in by OAuth.`);
  }
  const text = (name: string): string | undefined =>
    typeof query[name] === 'string' ? query[name] : undefined;
  const missing = ['apiKey', 'apiSecret', 'callbackUrl'].filter((name) => text(name) === undefined);
  if (missing.length > 0) {
    throw new Fault('bad_request', `The request is not valid: missing ${missing.join(', ')}.`);
  }
  const apiKey = text('apiKey')!;
  const callbackUrl = text('callbackUrl')!;
  const state = text('state') ?? connector.key;
  const page = { accountId, elementKey: connector.key, apiKey, callbackUrl };
  return checkedUrl(makeUrl, {
    configuration: entriesIn(connector, query),
    apiKey,
    apiSecret: text('apiSecret')!,
    callbackUrl,
    ...optional('scope', text('scope')),
    ...optional('siteAddress', text('siteAddress')),
    state,
    codeChallenge: await issueChallenge(deps, page, {
      state,
      siteAddress: text('siteAddress') ?? text(SITE_ADDRESS) ?? null,
    }),
  });
}

/** A browser is sent there: never to a script, and an unusable address of the client's is its mistake. */
function checkedUrl(makeUrl: NonNullable<AuthMethod['consentUrl']>, input: ConsentInput): string {
  let url: URL;
  try {
    url = new URL(makeUrl(input));
  } catch (error) {
    throw new Fault('bad_request', 'No URL can be made of what was sent.', { cause: error });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Fault('bad_request', 'The consent page must be an http or https URL.');
  }
  return url.href;
}

function optional<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, string>);
}

function entriesIn(connector: Connector, query: Record<string, unknown>): JsonObject {
  return Object.fromEntries(
    elementEntries(connector).flatMap(({ key }) => {
      const value = query[key];
      return typeof value === 'string' ? [[key, value] as const] : [];
    }),
  );
}
