import { Anchor, Button, Group, Skeleton } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useParams } from 'react-router';
import type { ElementDetail } from '../../../src/elements/schema.ts';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { useElement } from '../elements/queries.ts';
import { VendorMark } from '../elements/vendor-mark.tsx';
import { PageTitle, Problem } from '../kernel/states.tsx';
import { Created } from './created.tsx';
import { createRequest, initialValues, isOAuth, type FormValues } from './form-state.ts';
import { InstanceForm } from './instance-form.tsx';
import { askConsent } from './oauth.ts';
import { useChangeInstance } from './queries.ts';

/** Connects an account. */
export function Component() {
  const { elementKey = '' } = useParams();
  const element = useElement(elementKey);
  if (element.isError) return <Problem error={element.error} retry={() => void element.refetch()} />;
  if (element.isPending) return <Skeleton h={480} radius="lg" />;
  return <Connect key={elementKey} element={element.data} />;
}

function Connect({ element }: { element: ElementDetail }) {
  const initial = useMemo(() => initialValues(element), [element]);
  const create = useCreate(element);
  if (create.created !== null) return <Created instance={create.created} />;
  const request = (values: FormValues) => {
    const body = createRequest(element, values);
    return {
      method: 'POST',
      path: '/instances',
      body:
        isOAuth(element, values) && !hasRefreshToken(values) ? { ...body, providerData: { code: '' } } : body,
    };
  };
  return (
    <>
      <PageTitle
        name={`Connect ${element.name}`}
        title={
          <Group gap="sm" component="span">
            <VendorMark elementKey={element.key} size={28} />
            Connect {element.name}
          </Group>
        }
        hint={
          <Anchor component={Link} to="/connectors" size="sm">
            All connectors
          </Anchor>
        }
      />
      <InstanceForm
        element={element}
        initial={initial}
        request={request}
        onSubmit={create.submit}
        isSending={create.isSending}
        error={create.error}
        buttons={(values) => (
          <>
            <Button type="submit" loading={create.isSending}>
              {isOAuth(element, values) && !hasRefreshToken(values)
                ? `Sign in with ${element.name}`
                : 'Create Instance'}
            </Button>
            {create.isSending && isOAuth(element, values) && (
              <Button variant="default" onClick={create.cancel}>
                Cancel
              </Button>
            )}
          </>
        )}
      />
    </>
  );
}

function hasRefreshToken({ entries }: FormValues): boolean {
  return (entries['oauth.user.refresh_token'] ?? '') !== '';
}

/** Signs in at the vendor first where it asks for that, then creates the instance. */
function useCreate(element: ElementDetail) {
  const [created, setCreated] = useState<InstanceView | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const waiting = useRef<AbortController>(null);
  const post = useChangeInstance<{ body: unknown }>(
    ({ body }) => ({ method: 'POST', path: '', body }),
    () => {},
  );
  useEffect(() => () => waiting.current?.abort(), []);

  const run = async (values: FormValues): Promise<void> => {
    setError(null);
    setIsSending(true);
    try {
      const body = createRequest(element, values);
      if (isOAuth(element, values)) {
        if (hasRefreshToken(values)) Object.assign(body, { externalAuthentication: 'initial' });
        else {
          waiting.current = new AbortController();
          body.providerData = await askConsent({
            elementKey: element.key,
            entries: values.entries,
            signal: waiting.current.signal,
          });
        }
      }
      setCreated(await post.mutateAsync({ body }));
    } catch (failure) {
      setError(failure);
    } finally {
      setIsSending(false);
    }
  };
  return {
    created,
    error,
    isSending,
    submit: (values: FormValues) => void run(values),
    cancel: () => waiting.current?.abort(),
  };
}
