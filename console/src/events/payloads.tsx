import { Button, Group, Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Event } from '../../../src/events/schema.ts';
import { showDone } from '../api/show-problem.ts';
import { CopyButton } from '../kernel/copy.tsx';

/** What was sent on, what the vendor sent, and what was made of it. */
export function Payloads({ event, callback }: { event: Event; callback: string }) {
  const raw = pretty(event.providerData);
  const sent = event.notifiedData?.[0];
  const notification = sent === undefined ? null : JSON.stringify(sent, null, 2);
  const curl = `curl -X POST '${callback || 'https://your.callback'}' \\\n  -H 'Content-Type: application/json' \\\n  -H 'Elements-Webhook-Id: ${event.id}' \\\n  -d '${JSON.stringify(sent ?? {}).replaceAll("'", String.raw`'\''`)}'`;
  return (
    <section className="card" aria-label="Payloads">
      <Tabs defaultValue={notification === null ? 'raw' : 'sent'} keepMounted={false}>
        <Tabs.List px="sm" className="tabs">
          {notification !== null && <Tabs.Tab value="sent">Notification</Tabs.Tab>}
          <Tabs.Tab value="raw">From the vendor</Tabs.Tab>
          <Tabs.Tab value="normalised">Normalised</Tabs.Tab>
        </Tabs.List>
        {notification !== null && (
          <Tabs.Panel value="sent" p="md">
            <Payload
              text={notification}
              actions={
                <>
                  <CopyButton value={notification} label="Copy the notification" />
                  <CopyAsCurl text={curl} />
                </>
              }
            />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="raw" p="md">
          <Payload
            text={raw}
            actions={<CopyButton value={event.providerData} label="Copy what the vendor sent" />}
          />
        </Tabs.Panel>
        <Tabs.Panel value="normalised" p="md">
          <Payload
            text={JSON.stringify(event.events, null, 2)}
            actions={<CopyButton value={JSON.stringify(event.events)} label="Copy the normalised events" />}
          />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

function CopyAsCurl({ text }: { text: string }) {
  return (
    <Button
      size="compact-xs"
      variant="default"
      onClick={() =>
        void navigator.clipboard.writeText(text).then(() => showDone('The curl command is in the clipboard.'))
      }
    >
      Copy as curl
    </Button>
  );
}

function Payload({ text, actions }: { text: string; actions: ReactNode }) {
  return (
    <div style={{ position: 'relative' }}>
      <Group gap={6} style={{ position: 'absolute', right: 8, top: 8 }}>
        {actions}
      </Group>
      <pre className="code" style={{ maxHeight: 460 }} tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
