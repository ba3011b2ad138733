import type { Egress } from '../../egress/egress.ts';
import type { JsonObject } from '../../kernel/json.ts';

/** A client of the demo's server, speaking the API as any other would. */
export interface DemoClient {
  /** Creates an instance; its id. @throws Error with the server's words */
  connect(body: JsonObject): Promise<number>;
  /** Polls an instance now. A poll that is running already does as well. */
  poll(instanceId: number): Promise<void>;
}

const TIMEOUT_MS = 60_000;

export function createDemoClient(egress: Egress, serverUrl: string, authorization: string): DemoClient {
  const post = async (path: string, body?: JsonObject): Promise<{ status: number; text: string }> => {
    const answer = await egress.send({
      method: 'POST',
      url: `${serverUrl}/elements/api-v2${path}`,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
    });
    return { status: answer.status, text: answer.body.toString('utf8') };
  };
  const expect = (status: number, text: string, accepted: readonly number[]): void => {
    if (!accepted.includes(status)) throw new Error(`the server answered ${status}: ${text.slice(0, 500)}`);
  };
  return {
    connect: async (body) => {
      const { status, text } = await post('/instances', body);
      expect(status, text, [200]);
      return (JSON.parse(text) as { id: number }).id;
    },
    poll: async (instanceId) => {
      const { status, text } = await post(`/instances/${instanceId}/poll`);
      expect(status, text, [200, 409]);
    },
  };
}
