import { Group, Text } from '@mantine/core';
import type { ElementDetail } from '../../../src/elements/schema.ts';
import { useServer } from '../accounts/session.ts';
import { CopyButton } from '../kernel/copy.tsx';

interface CurlPaneProps {
  element: ElementDetail;
  method: string;
  path: string;
  body: unknown;
}

/** The same request as the form's, for a terminal; secrets are named, never shown. */
export function CurlPane({ element, method, path, body }: CurlPaneProps) {
  const { publicUrl } = useServer();
  const secrets = new Set(element.configuration.filter(({ secret }) => secret).map(({ key }) => key));
  const text = curl(`${publicUrl}/elements/api-v2${path}`, method, masked(body, secrets));
  return (
    <section className="card" aria-label="The same as a request">
      <div className="card-title">
        <Text fw={600} fz="sm" style={{ flex: 1 }}>
          The same as a request
        </Text>
        <CopyButton value={text} label="Copy the curl command" />
      </div>
      <pre
        className="code"
        data-wrap
        style={{ border: 0, borderRadius: '0 0 10px 10px', maxHeight: '70dvh' }}
        tabIndex={0}
        data-testid="curl"
      >
        {text}
      </pre>
      <Group px="md" py="xs" style={{ borderTop: '1px solid var(--line)' }}>
        <Text size="xs" c="dimmed">
          Secrets stand as &lt;their name&gt;. Yours for the header are under Settings.
        </Text>
      </Group>
    </section>
  );
}

/** Every secret value by `<key>`, which the server takes for "absent" should it ever be sent so. */
function masked(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (secrets.has(key) && inner !== '') return [key, `<${key}>`];
      if (key === 'code') return [key, '<code of the consent page>'];
      return [key, masked(inner, secrets)];
    }),
  );
}

function curl(url: string, method: string, body: unknown): string {
  const json = JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`);
  return [
    `curl -X ${method} '${url}' \\`,
    `  -H "Authorization: User $USER_SECRET, Organization $ORGANIZATION_SECRET" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${json}'`,
  ].join('\n');
}
