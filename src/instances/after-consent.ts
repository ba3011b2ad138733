import { configurationText } from '../connectors/configuration-text.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { SITE_ADDRESS } from '../connectors/auth/method.ts';
import { findConsent, type ConsentDeps } from '../elements/consents.ts';
import type { JsonObject } from '../kernel/json.ts';
import { isAbsent } from './entry-values.ts';
import type { InstanceRequest } from './instance-request.ts';

export interface Consented {
  request: InstanceRequest;
  codeVerifier: string | null;
}

/**
 * A request with what is known of the consent page its code came from. Where that was (`siteAddress`) is remembered as
 * `site.address` unless the request says something else: the code is good at that site only.
 * `values`: what the instance is to have without it; `kept`: what stays of it when the request is put in place.
 */
export async function afterConsent(
  deps: ConsentDeps,
  {
    connector,
    accountId,
    request,
    values,
    kept,
  }: {
    connector: Connector;
    accountId: number;
    request: InstanceRequest;
    values: JsonObject;
    kept: JsonObject;
  },
): Promise<Consented> {
  if (request.code === null) return { request, codeVerifier: null };
  const page = {
    accountId,
    elementKey: connector.key,
    apiKey: configurationText(values, 'oauth.api.key') ?? '',
    callbackUrl: configurationText(values, 'oauth.callback.url') ?? '',
  };
  const consent = await findConsent(deps, page, request.state);
  if (consent === null) return { request, codeVerifier: null };
  const { codeVerifier, siteAddress } = consent;
  const hasSite = connector.configuration.some(({ key }) => key === SITE_ADDRESS);
  const isSaid = !isAbsent(request.configuration?.[SITE_ADDRESS]);
  if (siteAddress === null || !hasSite || isSaid) return { request, codeVerifier };
  const configuration = { ...(request.configuration ?? kept), [SITE_ADDRESS]: siteAddress };
  return { request: { ...request, configuration }, codeVerifier };
}
