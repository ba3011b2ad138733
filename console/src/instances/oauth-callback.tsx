import { Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Empty } from '../kernel/states.tsx';
import { tellAnswer } from './oauth.ts';

/** Where the vendor's consent page sends the browser back to: hands the code to the form and closes. */
export function Component() {
  const [query] = useState(() => new URLSearchParams(location.search));
  const error = query.get('error_description') ?? query.get('error');
  const code = query.get('code');
  const state = query.get('state') ?? '';
  useEffect(() => {
    // The code is worth an account: it leaves the address bar and the history.
    history.replaceState(null, '', location.pathname);
    tellAnswer({
      state,
      ...(code !== null && { code }),
      ...(error !== null && { error: `The vendor says: ${error}` }),
    });
    if (code === null) return;
    const closing = setTimeout(() => window.close(), 300);
    return () => clearTimeout(closing);
  }, [code, error, state]);
  return (
    <main style={{ display: 'grid', placeItems: 'center', minHeight: '100dvh' }}>
      <Title order={1} className="visually-hidden" style={{ position: 'absolute', left: -9999 }}>
        Back from the vendor
      </Title>
      {code === null ? (
        <Empty title="The vendor did not sign you in">
          {error ?? 'It sent no code back.'} Close this window and try again.
        </Empty>
      ) : (
        <Empty title="You are signed in">
          <Text span>You can close this window; the form goes on by itself.</Text>
        </Empty>
      )}
    </main>
  );
}
