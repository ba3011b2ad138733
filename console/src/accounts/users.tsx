import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Menu,
  Modal,
  PasswordInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconDots, IconSearch, IconUserPlus } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import type { User } from '../../../src/accounts/schema.ts';
import { call } from '../api/client.ts';
import { showDone } from '../api/show-problem.ts';
import { Copyable } from '../kernel/copy.tsx';
import { Empty, Problem, RowsSkeleton, Section, Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { useUrlState } from '../kernel/url-state.ts';
import { messageOf } from '../kernel/words.ts';
import { useMe } from './session.ts';

const ROLES: Record<User['role'], string> = {
  organization: 'Organization administrator',
  account: 'Account administrator',
  member: 'Member',
};

/** The users of the account: who they are, what they may, adding and deactivating them. */
export function Users() {
  const me = useMe();
  const accountId = me?.accountId ?? 0;
  const users = useQuery({
    queryKey: ['users', accountId],
    queryFn: ({ signal }) =>
      call<User[]>('GET', `/accounts/${accountId}/users`, { signal, query: { pageSize: 500 } }),
    enabled: me !== null,
  });
  const [params, change] = useUrlState();
  const search = (params.get('search') ?? '').toLowerCase();
  const [isAdding, adding] = useDisclosure(false);
  const found = (users.data ?? []).filter(({ email, fullName }) =>
    `${email} ${fullName}`.toLowerCase().includes(search),
  );
  const mayChange = me !== null && me.role !== 'member';
  return (
    <Section
      title="Users"
      padded={false}
      actions={
        <Group gap="xs">
          <TextInput
            size="xs"
            aria-label="Search users"
            placeholder="Search"
            leftSection={<IconSearch size={13} />}
            value={params.get('search') ?? ''}
            onChange={(event) => change({ search: event.currentTarget.value })}
          />
          {mayChange && (
            <Button size="xs" leftSection={<IconUserPlus size={15} />} onClick={adding.open}>
              Add
            </Button>
          )}
        </Group>
      }
    >
      {users.isPending && <RowsSkeleton rows={3} />}
      {users.isError && <Problem error={users.error} retry={() => void users.refetch()} />}
      {users.isSuccess && found.length === 0 && (
        <Empty title="No user matches">Search for a part of the name or of the e-mail address.</Empty>
      )}
      {found.length > 0 && (
        <table className="rows">
          <thead>
            <tr>
              <th>User</th>
              <th data-wide>Role</th>
              <th>Status</th>
              <th data-wide>Since</th>
              <th>
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {found.map((user) => (
              <Row key={user.id} user={user} isMe={user.id === me?.id} mayChange={mayChange} />
            ))}
          </tbody>
        </table>
      )}
      <AddUser
        accountId={accountId}
        isOpen={isAdding}
        close={adding.close}
        mayAddOrganization={me?.role === 'organization'}
      />
    </Section>
  );
}

function Row({ user, isMe, mayChange }: { user: User; isMe: boolean; mayChange: boolean }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (body: { active: boolean }) =>
      call<User>('PATCH', `/accounts/${user.accountId}/users/${user.id}`, { body }),
    onSuccess: ({ email, active }) => showDone(`${email} was ${active ? 'activated' : 'deactivated'}.`),
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  return (
    <tr>
      <td>
        <Text size="sm" fw={550}>
          {user.fullName.trim() || user.email}
          {isMe && (
            <Text span c="dimmed" size="sm">
              {' '}
              (you)
            </Text>
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {user.email}
        </Text>
      </td>
      <td data-wide>{ROLES[user.role]}</td>
      <td>
        <Tone tone={user.active ? 'good' : 'idle'}>{user.active ? 'Active' : 'Deactivated'}</Tone>
      </td>
      <td data-wide>
        <Time at={user.createdDate} />
      </td>
      <td className="number">
        {mayChange && !isMe && (
          <Menu>
            <Menu.Target>
              <ActionIcon aria-label={`Actions for ${user.email}`} loading={change.isPending}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => change.mutate({ active: !user.active })}>
                {user.active ? 'Deactivate: polling stops, its secret is refused' : 'Activate'}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </td>
    </tr>
  );
}

interface AddUserProps {
  accountId: number;
  isOpen: boolean;
  close: () => void;
  mayAddOrganization: boolean;
}

function AddUser({ accountId, isOpen, close, mayAddOrganization }: AddUserProps) {
  const client = useQueryClient();
  const [form, setForm] = useState({ email: '', firstName: '', lastName: '', password: '', role: 'member' });
  const add = useMutation({
    mutationFn: () =>
      call<User>('POST', `/accounts/${accountId}/users`, {
        body: { ...form, password: form.password === '' ? undefined : form.password },
      }),
    onError: () => {},
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  const done = (): void => {
    add.reset();
    setForm({ email: '', firstName: '', lastName: '', password: '', role: 'member' });
    close();
  };
  const set = (name: keyof typeof form) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setForm((current) => ({ ...current, [name]: value }));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Modal opened={isOpen} onClose={done} title="Add a user" closeButtonProps={{ 'aria-label': 'Close' }}>
      {add.isSuccess ? (
        <Stack>
          <Text size="sm">
            {add.data.email} can sign in now. This is its secret for the API; it is shown only here.
          </Text>
          <Copyable value={add.data.secret ?? ''} label="the user secret" />
          <Button onClick={done}>Done</Button>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label="E-mail"
              type="email"
              required
              data-autofocus
              value={form.email}
              onChange={set('email')}
            />
            <Group grow>
              <TextInput label="First name" value={form.firstName} onChange={set('firstName')} />
              <TextInput label="Last name" value={form.lastName} onChange={set('lastName')} />
            </Group>
            <PasswordInput
              label="Password"
              description="At least 8 characters. Without one the user has the API only."
              minLength={8}
              autoComplete="new-password"
              value={form.password}
              onChange={set('password')}
            />
            <Select
              label="Role"
              data={Object.entries(ROLES)
                .filter(([role]) => mayAddOrganization || role !== 'organization')
                .map(([value, label]) => ({ value, label }))}
              value={form.role}
              onChange={(role) => setForm((current) => ({ ...current, role: role ?? 'member' }))}
            />
            {add.isError && (
              <Alert color="red" p="xs" role="alert">
                {messageOf(add.error)}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={done}>
                Cancel
              </Button>
              <Button type="submit" loading={add.isPending}>
                Add
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
