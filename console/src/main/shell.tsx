import {
  ActionIcon,
  AppShell,
  Avatar,
  Burger,
  Drawer,
  Group,
  Menu,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconActivityHeartbeat,
  IconBook2,
  IconDeviceDesktop,
  IconListDetails,
  IconLogout,
  IconMoon,
  IconPlugConnected,
  IconSend,
  IconServer2,
  IconSettings,
  IconSun,
  type TablerIcon,
} from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { Navigate, NavLink, Outlet, useLocation, useNavigation } from 'react-router';
import { useSession, useSignOut } from '../accounts/session.ts';
import { BASE } from '../api/client.ts';
import { LiveProvider, useLiveState } from '../events/live.tsx';
import { Problem, Tone } from '../kernel/states.tsx';
import logo from './tidings.svg';

const LINKS: { to: string; label: string; icon: TablerIcon }[] = [
  { to: '/', label: 'Overview', icon: IconActivityHeartbeat },
  { to: '/instances', label: 'Instances', icon: IconServer2 },
  { to: '/events', label: 'Events', icon: IconListDetails },
  { to: '/deliveries', label: 'Deliveries', icon: IconSend },
  { to: '/connectors', label: 'Connectors', icon: IconPlugConnected },
  { to: '/settings', label: 'Settings', icon: IconSettings },
];

/** The frame around every screen; whoever is not signed in goes to the sign-in first. */
export function Shell() {
  const session = useSession();
  const location = useLocation();
  if (session.isPending) return null;
  if (session.isError) return <Problem error={session.error} retry={() => void session.refetch()} />;
  if (session.data.user === null) {
    const from = `${location.pathname}${location.search}`;
    return <Navigate to={from === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(from)}`} replace />;
  }
  return (
    <LiveProvider>
      <Frame />
    </LiveProvider>
  );
}

function Frame() {
  const [isOpen, menu] = useDisclosure(false);
  const navigation = useNavigation();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <AppShell
      layout="alt"
      transitionDuration={0}
      header={{ height: { base: 52, sm: 0 } }}
      navbar={{ width: 212, breakpoint: 'sm', collapsed: { mobile: true } }}
      styles={{
        navbar: { background: 'var(--surface-card)', borderColor: 'var(--line)' },
        header: { background: 'var(--surface-card)', borderColor: 'var(--line)' },
      }}
    >
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      {navigation.state !== 'idle' && (
        <div className="navigating" role="progressbar" aria-label="Loading the page" />
      )}
      <AppShell.Header hiddenFrom="sm" px="md">
        <Group h="100%" justify="space-between">
          <Brand />
          <Burger opened={isOpen} onClick={menu.toggle} size="sm" aria-label="Menu" />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" visibleFrom="sm">
        <Group px={8} pt={6} pb={18}>
          <Brand />
        </Group>
        <Navigation />
      </AppShell.Navbar>
      <Drawer
        opened={isOpen}
        onClose={menu.close}
        title={<Brand />}
        size={260}
        hiddenFrom="sm"
        closeButtonProps={{ 'aria-label': 'Close the menu' }}
      >
        <div style={{ display: 'flex', flexDirection: 'column', minHeight: 'calc(100dvh - 90px)' }}>
          <Navigation onNavigate={menu.close} />
        </div>
      </Drawer>
      <AppShell.Main id="main" ref={main} tabIndex={-1} style={{ outline: 'none' }}>
        <div className="page">
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function Brand() {
  return (
    <Group gap={9} wrap="nowrap">
      <img src={logo} alt="" width={24} height={24} />
      <Text fw={680} fz="lg" lts="-0.01em">
        Tidings
      </Text>
    </Group>
  );
}

function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  return (
    <>
      <nav aria-label="Main" style={{ display: 'grid', gap: 2, flex: 1, alignContent: 'start' }}>
        {LINKS.map(({ to, label, icon: Icon }) => (
          <NavLink key={to} to={to} end={to === '/'} className="nav-link" onClick={onNavigate}>
            <Icon size={18} stroke={1.7} aria-hidden />
            {label}
          </NavLink>
        ))}
        <a className="nav-link" href={`${BASE}/reference`} target="_blank" rel="noreferrer">
          <IconBook2 size={18} stroke={1.7} aria-hidden />
          API reference
        </a>
      </nav>
      <Foot />
    </>
  );
}

const LIVE_TEXT = {
  live: { tone: 'good', label: 'Live', hint: 'Changes appear as they happen.' },
  connecting: { tone: 'idle', label: 'Connecting', hint: 'The live stream is being opened.' },
  polling: {
    tone: 'warn',
    label: 'Every 5 s',
    hint: 'No live stream: the screens ask again every five seconds.',
  },
} as const;

function Foot() {
  const { data } = useSession();
  const signOut = useSignOut();
  const live = LIVE_TEXT[useLiveState()];
  const user = data?.user;
  const name = [user?.firstName, user?.lastName].filter(Boolean).join(' ') || user?.email || '';
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      <Group justify="space-between" px={10}>
        <Tooltip label={live.hint}>
          <Text size="xs" c="dimmed" component="span" role="status">
            <Tone tone={live.tone} live={live.tone === 'good'}>
              {live.label}
            </Tone>
          </Text>
        </Tooltip>
        <SchemeButton />
      </Group>
      <Menu position="top-start" width={200}>
        <Menu.Target>
          <UnstyledButton className="nav-link">
            <Avatar aria-hidden size={26} radius="xl" color="tide" variant="filled">
              {name.slice(0, 1).toUpperCase()}
            </Avatar>
            <span className="clip">{name}</span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{user?.email}</Menu.Label>
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

const SCHEMES = {
  auto: { next: 'light', icon: IconDeviceDesktop, label: 'Colours follow the system' },
  light: { next: 'dark', icon: IconSun, label: 'Light colours' },
  dark: { next: 'auto', icon: IconMoon, label: 'Dark colours' },
} as const;

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, icon: Icon, label } = SCHEMES[colorScheme];
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={`${label}: change`} onClick={() => setColorScheme(next)}>
        <Icon size={17} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
