import { ActionIcon, Alert, AppShell, Badge, Burger, Group, Menu, NavLink, ScrollArea, Text, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconExternalLink, IconLogout, IconMoon, IconPassword, IconSun, IconUserCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { api } from '../api/client';
import { Controls } from '../controls/Controls';
import { Halted } from '../controls/Halted';
import { useWaitingApprovals } from '../controls/useApprovals';
import { useLive } from '../live/useLive';
import { useSend } from '../parts/useSend';
import { signedOut, useMay, useSession } from '../session/Session';
import { pages } from './pages';

const groups = [
  { key: 'now', title: 'Now' },
  { key: 'automation', title: 'Automation' },
  { key: 'people', title: 'Administration' },
] as const;

/** What is around every page: where one can go, the controls, who one is. */
export function Shell({ children }: { children: ReactNode }) {
  const [opened, burger] = useDisclosure();
  const { mustChangePassword } = useSession();
  const may = useMay();
  const location = useLocation();
  const live = useLive();
  useEffect(() => burger.close(), [location.pathname]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md">
      <a className="skip-link" href="#content">
        To the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={burger.toggle} hiddenFrom="sm" size="sm" aria-label={opened ? 'Close the menu' : 'Open the menu'} aria-expanded={opened} />
            <UnstyledButton component={Link} to="/" aria-label="Homelab.Workflows, to the overview">
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" alt="" width={26} height={26} />
                <Text fw={700} visibleFrom="md">
                  Homelab.Workflows
                </Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Group gap="xs" wrap="nowrap">
            {may.has('controls') && <Controls />}
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <AppShell.Section grow component={ScrollArea}>
          <nav aria-label="Pages">
            {groups.map((group) => (
              <PageGroup key={group.key} group={group.key} title={group.title} />
            ))}
          </nav>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {live === 'lost' && (
          <Alert color="orange" variant="light" mb="md" role="status" title="The server does not answer">
            What you see may be old. This page looks again by itself and goes on when the server is back.
          </Alert>
        )}
        {may.has('controls') && <Halted />}
        {mustChangePassword && location.pathname !== '/password' && (
          <Alert color="yellow" variant="light" mb="md" title="Choose your own password">
            The one you signed in with was made by somebody else. <Link to="/password">Change it now</Link>.
          </Alert>
        )}
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function PageGroup({ group, title }: { group: string; title: string }) {
  const may = useMay();
  const { pathname } = useLocation();
  const shown = pages.filter((page) => page.group === group && may.has(page.area) && (!page.admin || may.administer));
  const waiting = useWaitingApprovals();
  if (shown.length === 0) return null;
  return (
    <>
      <Text size="xs" fw={600} c="dimmed" px="sm" pt="sm" pb={4} aria-hidden>
        {title}
      </Text>
      {shown.map((page) => (
        <NavLink
          key={page.path}
          component={Link}
          to={page.path}
          label={page.title}
          leftSection={<page.icon size={18} stroke={1.6} aria-hidden />}
          rightSection={page.area === 'approvals' && waiting > 0 ? <Badge size="sm" color="orange" aria-label={`${waiting} waiting`}>{waiting}</Badge> : undefined}
          active={page.path === '/' ? pathname === '/' : pathname.startsWith(page.path)}
          aria-current={pathname === page.path ? 'page' : undefined}
          style={{ borderRadius: 'var(--mantine-radius-md)' }}
        />
      ))}
      {group === 'automation' && may.has('workflows') && (
        <NavLink
          href="/studio/workflows/definitions"
          label="Studio"
          leftSection={<IconExternalLink size={18} stroke={1.6} aria-hidden />}
          style={{ borderRadius: 'var(--mantine-radius-md)' }}
        />
      )}
    </>
  );
}

function UserMenu() {
  const { user } = useSession();
  const client = useQueryClient();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const signOut = useSend(() => api.delete('/api/session'), {
    onDone: () => signedOut(client),
  });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" radius="xl" aria-label={`Account: ${user?.name}`}>
          <IconUserCircle size={28} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user?.name} ({user?.role})
        </Menu.Label>
        <Menu.Item leftSection={dark ? <IconSun size={16} /> : <IconMoon size={16} />} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
          {dark ? 'Light colours' : 'Dark colours'}
        </Menu.Item>
        <Menu.Item leftSection={<IconPassword size={16} />} component={Link} to="/password">
          Change password
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate(undefined)}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
