import { configurationText } from '../connectors/configuration-text.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { findElement } from '../elements/catalogue.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { InstanceCheck } from '../instances/plan.ts';

/** What is wrong with the webhook part of what an instance is to be; `instances/` asks before it creates or changes one. */
export function createWebhookCheck(connectors: readonly Connector[]): InstanceCheck {
  return (draft) => {
    const connector = findElement(connectors, draft.elementKey);
    if (connector === undefined) return { problems: [], warnings: [] };
    const { vendorSetup } = readEventSettings(draft);
    const { name, webhooks } = connector;
    const problems: string[] = [];
    if (vendorSetup === 'auto' && webhooks?.setup === undefined) {
      problems.push(
        `event.vendor.setup must be manual: webhooks of ${name} cannot be set up through its API`,
      );
    }
    const key = configurationText(draft.configuration, 'event.inbound.signature.key');
    if (key !== undefined && webhooks?.signatures?.secret !== 'configured') {
      problems.push(
        `event.inbound.signature.key has no use: ${name} does not sign; set event.inbound.token or event.inbound.basic.*`,
      );
    }
    return { problems, warnings: [] };
  };
}
