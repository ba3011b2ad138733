import type { Egress } from '../../egress/egress.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { WebhookView } from '../../webhooks/schema.ts';
import { ApiError, createApiClient } from '../api-client.ts';

/** What the demo asks of its server. */
export interface DemoClient {
  /** Creates an instance; its id. @throws ApiError with the server's words */
  connect(body: JsonObject): Promise<number>;
  /** How an instance hears of changes by webhook. */
  webhooks(instanceId: number): Promise<WebhookView>;
  /** Polls an instance now. A poll that is running already does as well. */
  poll(instanceId: number): Promise<void>;
}

export function createDemoClient(egress: Egress, serverUrl: string, authorization: string): DemoClient {
  const client = createApiClient({ egress, url: serverUrl, authorization });
  return {
    connect: async (body) => (await client.post<{ id: number }>('/instances', body)).id,
    webhooks: (instanceId) => client.get<WebhookView>(`/instances/${instanceId}/webhooks`),
    poll: async (instanceId) => {
      try {
        await client.post(`/instances/${instanceId}/poll`);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 409) throw error;
      }
    },
  };
}
