import { Anchor, Button, Group, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { lazy, Suspense, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { OverviewView } from '../../../src/console/schema.ts';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { useOverview, type Endpoint } from '../delivery/queries.ts';
import { useActivity } from '../instances/activity.ts';
import { eventType, healthOf } from '../instances/health.tsx';
import { useInstances } from '../instances/queries.ts';
import { PageTitle, Problem, Section, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { isSigned } from '../webhooks/is-signed.ts';
import { count, duration } from '../kernel/words.ts';
import { FirstSteps } from './first-steps.tsx';
import { Remedy } from './remedy.tsx';

const EventChart = lazy(async () => ({ default: (await import('../events/event-chart.tsx')).EventChart }));

/** How everything does, and what needs a person. */
export function Component() {
  const overview = useOverview();
  const instances = useInstances();
  const [params, change] = useUrlState();
  if (instances.isError) return <Problem error={instances.error} retry={() => void instances.refetch()} />;
  if (instances.isPending) return <Skeleton h={360} radius="lg" />;
  if (instances.data.length === 0) return <FirstSteps />;
  const range = params.get('range') ?? 'hour';
  return (
    <>
      <PageTitle title="Overview" />
      <Stack gap="md">
        {overview.isError && <Problem error={overview.error} retry={() => void overview.refetch()} />}
        <Figures overview={overview.data} />
        <Section
          title="Events"
          actions={
            <SegmentedControl
              aria-label="Range of the chart"
              size="xs"
              value={range}
              onChange={(value) => change({ range: value === 'hour' ? null : value })}
              data={[
                { value: 'hour', label: 'Hour' },
                { value: 'day', label: 'Day' },
                { value: 'week', label: 'Week' },
              ]}
            />
          }
        >
          <Suspense fallback={<Skeleton h={200} />}>
            <EventChart range={range === 'day' || range === 'week' ? range : 'hour'} />
          </Suspense>
        </Section>
        <div className="split" style={{ gridTemplateColumns: undefined }}>
          <Attention instances={instances.data} endpoints={overview.data?.endpoints ?? []} />
          <Slowest endpoints={overview.data?.endpoints} instances={instances.data} />
        </div>
      </Stack>
    </>
  );
}

function Figures({ overview }: { overview: OverviewView | undefined }) {
  const number = (value: number | undefined): ReactNode =>
    value === undefined ? <Skeleton h={24} w={48} mt={6} /> : value.toLocaleString();
  return (
    <section className="card figures" aria-label="Deliveries">
      <Figure name="Delivered" hint="last hour" tone="good">
        {number(overview?.delivered)}
      </Figure>
      <Figure name="Failed tries" hint="last hour" tone={(overview?.failed ?? 0) > 0 ? 'bad' : 'idle'}>
        {number(overview?.failed)}
      </Figure>
      <Figure name="Retrying" hint="now" tone={(overview?.retrying ?? 0) > 0 ? 'warn' : 'idle'}>
        {number(overview?.retrying)}
      </Figure>
      <Figure name="Queued" hint="now" tone={(overview?.queued ?? 0) > 0 ? 'bad' : 'idle'}>
        {number(overview?.queued)}
      </Figure>
      <Figure name="Oldest undelivered" hint={<Link to="/deliveries">Deliveries</Link>} tone="idle">
        {overview === undefined ? (
          <Skeleton h={24} w={80} mt={6} />
        ) : overview.oldestUndelivered === null ? (
          'none'
        ) : (
          <Time at={overview.oldestUndelivered} relative />
        )}
      </Figure>
    </section>
  );
}

interface FigureProps {
  name: string;
  hint: ReactNode;
  tone: 'good' | 'bad' | 'warn' | 'idle';
  children: ReactNode;
}

function Figure({ name, hint, tone, children }: FigureProps) {
  return (
    <div className="figure">
      <Text size="sm" component="div">
        <Tone tone={tone}>{name}</Tone>
      </Text>
      <div className="figure-value">{children}</div>
      <Text size="xs" c="dimmed" component="div">
        {hint}
      </Text>
    </div>
  );
}

function Attention({ instances, endpoints }: { instances: InstanceView[]; endpoints: Endpoint[] }) {
  const troubled = instances.filter((instance) => healthOf(instance).tone === 'bad');
  const activity = useActivity();
  const held = instances.filter(({ id }) => (activity.data?.get(id)?.heldDeletions ?? 0) > 0);
  const unsigned = instances.filter(
    (instance) =>
      instance.eventsEnabled &&
      !instance.disabled &&
      eventType(instance) !== 'polling' &&
      !isSigned(instance),
  );
  const stopped = endpoints.filter(({ active, url }) => !active && url !== '');
  const nameOf = (id: number | null): string =>
    instances.find((one) => one.id === id)?.name ?? 'a subscription';
  return (
    <Section title="Needs attention" padded={false}>
      {troubled.length + stopped.length + held.length + unsigned.length === 0 ? (
        <Group p="md" gap="sm">
          <IconCircleCheck size={20} color="var(--tone-good)" aria-hidden />
          <Text size="sm">Nothing does. Every account is signed in and every callback is active.</Text>
        </Group>
      ) : (
        <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
          {troubled.map((instance) => (
            <Trouble
              key={`instance-${instance.id}`}
              title={instance.name}
              to={`/instances/${instance.id}`}
              label={healthOf(instance).label}
              reason={instance.attention?.reason ?? ''}
              remedy={<Remedy instance={instance} />}
            />
          ))}
          {held.map((instance) => (
            <Trouble
              key={`held-${instance.id}`}
              title={instance.name}
              to={`/instances/${instance.id}/deletions`}
              label="Deletions on hold"
              reason={`${count(activity.data?.get(instance.id)?.heldDeletions ?? 0, 'record')} went missing at once.`}
              remedy={
                <Button size="xs" component={Link} to={`/instances/${instance.id}/deletions`}>
                  Look
                </Button>
              }
            />
          ))}
          {unsigned.map((instance) => (
            <Trouble
              key={`unsigned-${instance.id}`}
              title={instance.name}
              to={`/instances/${instance.id}/webhooks`}
              label="Webhooks unsigned"
              tone="warn"
              reason="Whoever knows the webhook URL can send events."
              remedy={
                <Button size="xs" variant="default" component={Link} to={`/instances/${instance.id}/edit`}>
                  Set a secret
                </Button>
              }
            />
          ))}
          {stopped.map((endpoint) => (
            <Trouble
              key={`endpoint-${endpoint.subscriptionId}`}
              title={nameOf(endpoint.instanceId)}
              to={
                endpoint.instanceId === null ? '/deliveries' : `/instances/${endpoint.instanceId}/deliveries`
              }
              label="Callback deactivated"
              reason={endpoint.reason ?? ''}
              remedy={<Remedy endpoint={endpoint} />}
            />
          ))}
        </ul>
      )}
    </Section>
  );
}

interface TroubleProps {
  title: string;
  to: string;
  label: string;
  reason: string;
  remedy: ReactNode;
  tone?: 'bad' | 'warn';
}

function Trouble({ title, to, label, reason, remedy, tone = 'bad' }: TroubleProps) {
  return (
    <li className="trouble">
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Group gap="sm">
            <Anchor
              component={Link}
              to={to}
              size="sm"
              underline="hover"
              fw={600}
              c="var(--mantine-color-text)"
            >
              {title}
            </Anchor>
            <Text size="sm" component="span">
              <Tone tone={tone}>{label}</Tone>
            </Text>
          </Group>
          <Text size="xs" c="dimmed" lineClamp={2}>
            {reason}
          </Text>
        </div>
        <div style={{ flex: 'none' }}>{remedy}</div>
      </Group>
    </li>
  );
}

const SHOWN = 6;

function Slowest({ endpoints, instances }: { endpoints: Endpoint[] | undefined; instances: InstanceView[] }) {
  const tried = (endpoints ?? []).filter(({ p95Ms }) => p95Ms !== null).slice(0, SHOWN);
  return (
    <Section title="Slowest callbacks, last hour" padded={false}>
      {tried.length === 0 ? (
        <Group p="md" justify="space-between">
          <Text size="sm" c="dimmed">
            Nothing was sent within the last hour.
          </Text>
          <Button size="xs" variant="default" component={Link} to="/events">
            All events
          </Button>
        </Group>
      ) : (
        <table className="rows">
          <thead>
            <tr>
              <th>Callback</th>
              <th className="number">Tries</th>
              <th className="number">Failed</th>
              <th className="number">95 %</th>
            </tr>
          </thead>
          <tbody>
            {tried.map(({ subscriptionId, instanceId, url, tries, failures, p95Ms }) => (
              <tr key={subscriptionId}>
                <td style={{ maxWidth: 0, width: '60%' }}>
                  <div className="clip" title={url}>
                    {instances.find(({ id }) => id === instanceId)?.name ?? url}
                  </div>
                  <Text size="xs" c="dimmed" className="clip mono">
                    {url}
                  </Text>
                </td>
                <td className="number">{tries.toLocaleString()}</td>
                <td className="number">{failures.toLocaleString()}</td>
                <td className="number">{p95Ms === null ? '–' : duration(p95Ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
