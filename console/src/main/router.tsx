import { Button, Loader } from '@mantine/core';
import { createBrowserRouter, isRouteErrorResponse, Link, useRouteError } from 'react-router';
import { BASE } from '../api/client.ts';
import { Empty } from '../kernel/states.tsx';
import { messageOf } from '../kernel/words.ts';
import { Shell } from './shell.tsx';

/** Every screen is a chunk of its own; the frame around them is in the first load. */
export function createRouter() {
  return createBrowserRouter(
    [
      { path: '/sign-in', lazy: () => import('../accounts/sign-in.tsx'), HydrateFallback: Loading },
      {
        path: '/oauth/callback',
        lazy: () => import('../instances/oauth-callback.tsx'),
        HydrateFallback: Loading,
      },
      {
        path: '/',
        element: <Shell />,
        errorElement: <Failure />,
        HydrateFallback: Loading,
        children: [
          {
            errorElement: <Failure />,
            children: [
              { index: true, lazy: () => import('./overview.tsx') },
              { path: 'connectors', lazy: () => import('../elements/connectors.tsx') },
              { path: 'connectors/:elementKey', lazy: () => import('../instances/connect.tsx') },
              { path: 'instances', lazy: () => import('../instances/instances.tsx') },
              { path: 'instances/:id/edit', lazy: () => import('../instances/edit.tsx') },
              { path: 'instances/:id/:tab?', lazy: () => import('../instances/instance.tsx') },
              { path: 'events', lazy: () => import('../events/events.tsx') },
              { path: 'events/:eventId', lazy: () => import('../events/event.tsx') },
              { path: 'deliveries', lazy: () => import('../delivery/deliveries.tsx') },
              { path: 'settings/:tab?', lazy: () => import('../accounts/settings.tsx') },
              { path: '*', element: <NoSuchPage /> },
            ],
          },
        ],
      },
    ],
    { basename: BASE === '' ? '/' : BASE },
  );
}

function Loading() {
  return (
    <div style={{ display: 'grid', placeItems: 'center', minHeight: '60dvh' }}>
      <Loader size="sm" aria-label="Loading" />
    </div>
  );
}

function NoSuchPage() {
  return (
    <Empty
      title="There is no such page"
      action={
        <Button component={Link} to="/">
          To the overview
        </Button>
      }
    >
      The address may be mistyped, or what it showed was deleted.
    </Empty>
  );
}

/** A new release replaces the chunks of the old one; loading the page again gets them. */
function Failure() {
  const error = useRouteError();
  const message = isRouteErrorResponse(error) ? `${error.status} ${error.statusText}` : messageOf(error);
  return (
    <Empty
      title="This page could not be shown"
      action={<Button onClick={() => location.reload()}>Load it again</Button>}
    >
      {message}
    </Empty>
  );
}
