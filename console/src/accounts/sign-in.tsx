import { Alert, Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useState, type FormEvent } from 'react';
import { Navigate, useSearchParams } from 'react-router';
import { messageOf } from '../kernel/words.ts';
import logo from '../main/tidings.svg';
import { useSession, useSignIn } from './session.ts';

/** The sign-in by e-mail and password; where somebody was sent from is where they come back to. */
export function Component() {
  useDocumentTitle('Sign in · Tidings');
  const [params] = useSearchParams();
  const session = useSession();
  const signIn = useSignIn();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const to = params.get('to') ?? '/';
  if (session.data?.user)
    return <Navigate to={to.startsWith('/') && !to.startsWith('//') ? to : '/'} replace />;

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate({ email, password });
  };
  return (
    <main style={{ display: 'grid', placeItems: 'center', minHeight: '100dvh', padding: 20 }}>
      <form onSubmit={submit} className="card" style={{ width: '100%', maxWidth: 380, padding: 28 }}>
        <Stack gap="md">
          <div>
            <img src={logo} alt="" width={40} height={40} />
            <Title order={1} mt="sm">
              Sign in to Tidings
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              Every change in your customers’ accounts, delivered.
            </Text>
          </div>
          {params.get('link') === 'used' && !signIn.isError && (
            <Alert color="yellow" p="sm">
              This sign-in link was used already or is too old. Start the demo again for another, or sign in
              here.
            </Alert>
          )}
          {signIn.isError && (
            <Alert color="red" p="sm" role="alert">
              {messageOf(signIn.error)}
            </Alert>
          )}
          <TextInput
            label="E-mail"
            type="email"
            name="email"
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" fullWidth loading={signIn.isPending}>
            Sign in
          </Button>
          <Text size="xs" c="dimmed">
            The first user and its password were printed when the server started for the first time.
          </Text>
        </Stack>
      </form>
    </main>
  );
}
