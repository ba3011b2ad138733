import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import type { Database } from '../database/pool.ts';
import type { InstanceRecord } from '../instances/record.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import { Fault } from '../kernel/errors.ts';
import type { Vault } from '../vault/vault.ts';
import { presentWebhooks } from './present.ts';
import { demandProof, findSetup, lastWebhooks } from './queries.ts';
import { proofsOf, type Receivers } from './receiver.ts';
import { WebhookView } from './schema.ts';
import type { Setups } from './setups.ts';
import { zip } from './zip.ts';

export interface SetupRouteDeps {
  db: Database;
  vault: Vault;
  site: { readonly publicUrl: string };
  setups: Setups;
  receivers: Pick<Receivers, 'forget'>;
  /** @throws Fault `not_found` when the caller has no such instance. */
  recordOf(request: FastifyRequest, instanceId: number): Promise<InstanceRecord>;
}

const Params = Type.Object({ id: Type.Integer() });

/** `GET /instances/{id}/webhooks` (ours) and the package an administrator deploys. */
export function createSetupRoutes(deps: SetupRouteDeps): Routes {
  const { db, vault, setups, receivers } = deps;
  const tags = ['webhooks'];
  return (app) => {
    app.get(
      '/instances/:id/webhooks',
      {
        schema: {
          tags,
          params: Params,
          response: { 200: WebhookView },
          summary: 'How the instance hears of changes: its address, what proves a webhook, what is set up',
        },
      },
      async (request) => {
        const { instance, connector } = await deps.recordOf(request, request.params.id);
        const { webhooks } = connector;
        const setup = await findSetup(db, instance.id);
        const settings = readEventSettings(instance);
        const [lastReceivedAt] = await lastWebhooks(db, instance.id, 1);
        const hasPackage = webhooks?.package !== undefined && settings.objects.length > 0;
        return presentWebhooks({
          instance,
          connector,
          setup,
          proofs: webhooks === undefined ? {} : proofsOf(vault, instance, settings, webhooks, setup),
          lastReceivedAt,
          publicUrl: deps.site.publicUrl,
          packageSteps: hasPackage ? webhooks.package?.(await setups.contextOf(instance)).steps : undefined,
        });
      },
    );
    app.get(
      '/instances/:id/webhooks/package',
      {
        schema: {
          tags,
          params: Params,
          summary: 'What an administrator deploys at the vendor (ZIP; Salesforce)',
        },
      },
      async (request, reply) => {
        const { instance, connector } = await deps.recordOf(request, request.params.id);
        const build = connector.webhooks?.package;
        if (build === undefined) {
          throw new Fault('not_found', `There is no package for ${connector.name}.`);
        }
        if (readEventSettings(instance).objects.length === 0) {
          throw new Fault('conflict', 'Name the objects to watch in event.objects first.');
        }
        const { name, files } = build(await setups.contextOf(instance));
        // Its secret leaves the house now: webhooks must carry it from here on.
        await demandProof(db, instance.id, 'signature');
        receivers.forget(instance.id);
        reply.header('content-disposition', `attachment; filename="${name}"`);
        return reply.type('application/zip').send(zip(files));
      },
    );
  };
}
