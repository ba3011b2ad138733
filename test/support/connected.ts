import assert from 'node:assert/strict';
import type { DemoVendor } from '../../src/cli/demo/vendor.ts';
import { DEMO_VENDORS } from '../../src/cli/demo/vendors.ts';
import type { InstanceView } from '../../src/instances/schema.ts';
import type { Answer, CallOptions } from './server.ts';

/** An instance made of its vendor's example, connected to that vendor's simulator. */
export interface Connected extends InstanceView {
  elementKey: string;
  vendor: DemoVendor;
}

type Call = <T>(method: string, path: string, options?: CallOptions) => Promise<Answer<T>>;

/** Starts a vendor's simulator and creates an instance of its example, entries of `changed` put over it. */
export async function connect(
  { call }: { call: Call },
  elementKey: string,
  {
    callbackUrl = 'http://127.0.0.1:9/nobody',
    signatureKey = 'MySecretEventSignatureKey',
    changed = {},
    authorization,
  }: {
    callbackUrl?: string;
    signatureKey?: string;
    changed?: Record<string, unknown>;
    authorization?: string;
  } = {},
): Promise<Connected> {
  const vendor = await DEMO_VENDORS[elementKey]!({ url: callbackUrl, signatureKey });
  const { configuration, ...rest } = vendor.instance as { configuration: object };
  const created = await call<InstanceView>('POST', '/instances', {
    body: { ...rest, configuration: { ...configuration, ...changed } },
    ...(authorization !== undefined && { authorization }),
  });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return { ...created.body, elementKey, vendor };
}
