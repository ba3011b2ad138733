import { Anchor, Button, Group, Skeleton } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import type { ElementDetail } from '../../../src/elements/schema.ts';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { showDone } from '../api/show-problem.ts';
import { useElement } from '../elements/queries.ts';
import { VendorMark } from '../elements/vendor-mark.tsx';
import { PageTitle, Problem } from '../kernel/states.tsx';
import { changeRequest, createRequest, initialValues, isOAuth, type FormValues } from './form-state.ts';
import { InstanceForm } from './instance-form.tsx';
import { askConsent } from './oauth.ts';
import { useChangeInstance, useInstance } from './queries.ts';

/** Changes an instance, or signs it in again. */
export function Component() {
  const id = Number(useParams()['id']);
  const instance = useInstance(id);
  const element = useElement(instance.data?.element.key ?? '');
  // What is being edited must not change under the hands of whoever edits it.
  const [first, setFirst] = useState<InstanceView | null>(null);
  if (first === null && instance.data !== undefined) setFirst(instance.data);
  if (instance.isError) return <Problem error={instance.error} retry={() => void instance.refetch()} />;
  if (first === null || element.data === undefined) return <Skeleton h={480} radius="lg" />;
  return <Edit instance={first} element={element.data} />;
}

function Edit({ instance, element }: { instance: InstanceView; element: ElementDetail }) {
  const initial = useMemo(() => initialValues(element, instance), [element, instance]);
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const waiting = useRef<AbortController>(null);
  useEffect(() => () => waiting.current?.abort(), []);
  const save = useChangeInstance<{ method: string; body: unknown }>(
    ({ method, body }) => ({ method, path: `/${instance.id}`, body }),
    () => {},
  );
  const run = async (work: () => Promise<unknown>, done: string): Promise<void> => {
    setError(null);
    setIsSending(true);
    try {
      await work();
      showDone(done);
      await navigate(`/instances/${instance.id}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setIsSending(false);
    }
  };
  const update = (values: FormValues): void =>
    void run(
      () => save.mutateAsync({ method: 'PATCH', body: changeRequest(initial, values) }),
      `${values.name} was updated.`,
    );
  const signInAgain = (values: FormValues): void =>
    void run(async () => {
      const body = createRequest(element, values);
      if (isOAuth(element, values)) {
        waiting.current = new AbortController();
        const { signal } = waiting.current;
        body.providerData = await askConsent({ elementKey: element.key, entries: values.entries, signal });
      }
      await save.mutateAsync({ method: 'PUT', body });
    }, `${values.name} is signed in again.`);
  return (
    <>
      <PageTitle
        name={`Edit ${instance.name}`}
        title={
          <Group gap="sm" component="span">
            <VendorMark elementKey={element.key} size={28} />
            Edit {instance.name}
          </Group>
        }
        hint={
          <Anchor component={Link} to={`/instances/${instance.id}`} size="sm">
            Back to the instance
          </Anchor>
        }
      />
      <InstanceForm
        element={element}
        initial={initial}
        instanceId={instance.id}
        request={(values) => ({
          method: 'PATCH',
          path: `/instances/${instance.id}`,
          body: changeRequest(initial, values),
        })}
        onSubmit={update}
        isSending={isSending}
        error={error}
        buttons={(values) => (
          <>
            <Button type="submit" loading={isSending}>
              Update
            </Button>
            <Button variant="default" onClick={() => signInAgain(values)} disabled={isSending}>
              Re-Authenticate
            </Button>
            <Button variant="subtle" color="gray" component={Link} to={`/instances/${instance.id}`}>
              Cancel
            </Button>
          </>
        )}
      />
    </>
  );
}
