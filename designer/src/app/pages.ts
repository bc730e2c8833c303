import {
  IconActivity,
  IconAdjustments,
  IconAlertTriangle,
  IconBell,
  IconBook2,
  IconChecklist,
  IconClockPlay,
  IconFlask,
  IconHeartbeat,
  IconHistory,
  IconHome,
  IconListCheck,
  IconListSearch,
  IconMessagePlus,
  IconKey,
  IconPlugConnected,
  IconReportAnalytics,
  IconRuler2,
  IconScale,
  IconSettings,
  IconShieldLock,
  IconSitemap,
  IconTopologyStar3,
  IconTrendingUp,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import { lazy, type ComponentType } from 'react';
import { matchPath } from 'react-router';

export interface PageEntry {
  path: string;
  title: string;
  icon: Icon;
  /** The part of the API it shows; a page whose part the server does not have is not offered. */
  area: string;
  admin?: boolean;
  group: 'now' | 'automation' | 'people';
}

export const pages: PageEntry[] = [
  { path: '/', title: 'Overview', icon: IconHome, area: 'overview', group: 'now' },
  { path: '/incidents', title: 'Incidents', icon: IconAlertTriangle, area: 'incidents', group: 'now' },
  { path: '/approvals', title: 'Approvals', icon: IconChecklist, area: 'approvals', group: 'now' },
  { path: '/changes', title: 'Changes', icon: IconListCheck, area: 'changes', group: 'now' },
  { path: '/requests', title: 'Requests', icon: IconMessagePlus, area: 'requests', group: 'now' },
  { path: '/runs', title: 'Runs', icon: IconActivity, area: 'runs', group: 'now' },
  { path: '/reports', title: 'Reports', icon: IconReportAnalytics, area: 'reports', group: 'now' },
  { path: '/findings', title: 'Findings', icon: IconListSearch, area: 'findings', group: 'now' },
  { path: '/forecasts', title: 'Forecasts', icon: IconTrendingUp, area: 'forecasts', group: 'now' },
  { path: '/documents', title: 'Documents', icon: IconBook2, area: 'documents', group: 'now' },
  { path: '/lab', title: 'Lab', icon: IconFlask, area: 'lab', group: 'now' },
  { path: '/definitions', title: 'Workflows', icon: IconSitemap, area: 'workflows', group: 'automation' },
  { path: '/playbooks', title: 'Playbooks', icon: IconBook2, area: 'playbooks', group: 'automation' },
  { path: '/jobs', title: 'Schedules & jobs', icon: IconClockPlay, area: 'jobs', group: 'automation' },
  { path: '/decisions', title: 'Decisions', icon: IconScale, area: 'decisions', group: 'automation' },
  { path: '/rules', title: 'Rules', icon: IconRuler2, area: 'rules', group: 'automation' },
  { path: '/controls', title: 'Controls', icon: IconShieldLock, area: 'controls', group: 'automation' },
  { path: '/dependencies', title: 'Dependencies', icon: IconTopologyStar3, area: 'controls', group: 'automation' },
  { path: '/tools', title: 'Tools', icon: IconPlugConnected, area: 'activities', group: 'automation' },
  { path: '/connections', title: 'Connections', icon: IconHeartbeat, area: 'connections', group: 'automation' },
  { path: '/preferences', title: 'Preferences', icon: IconAdjustments, area: 'preferences', group: 'people' },
  { path: '/notifications', title: 'Notifications', icon: IconBell, area: 'notifications', group: 'people' },
  { path: '/audit', title: 'Audit', icon: IconHistory, area: 'audit', group: 'people' },
  { path: '/users', title: 'Users', icon: IconUsers, area: 'users', admin: true, group: 'people' },
  { path: '/api-keys', title: 'API keys', icon: IconKey, area: 'api-keys', admin: true, group: 'people' },
  { path: '/settings', title: 'Settings', icon: IconSettings, area: 'settings', admin: true, group: 'people' },
];

export interface RouteEntry {
  path: string;
  area: string;
  component: ComponentType;
  load: () => Promise<unknown>;
}

const route = (path: string, area: string, load: () => Promise<{ default: ComponentType }>): RouteEntry => ({ path, area, component: lazy(load), load });

/** Each page is its own file in the browser too: opening one loads no other. */
export const routes: RouteEntry[] = [
  route('/', 'overview', () => import('../pages/OverviewPage')),
  route('/incidents', 'incidents', () => import('../pages/IncidentsPage')),
  route('/incidents/:id', 'incidents', () => import('../pages/IncidentPage')),
  route('/approvals', 'approvals', () => import('../pages/ApprovalsPage')),
  route('/approvals/:id', 'approvals', () => import('../pages/ApprovalPage')),
  route('/requests', 'requests', () => import('../pages/RequestsPage')),
  route('/requests/:id', 'requests', () => import('../pages/RequestPage')),
  route('/runs', 'runs', () => import('../pages/RunsPage')),
  route('/runs/:id', 'runs', () => import('../pages/RunPage')),
  route('/lab', 'lab', () => import('../pages/LabPage')),
  route('/definitions', 'workflows', () => import('../pages/WorkflowsPage')),
  route('/definitions/:id', 'workflows', () => import('../pages/WorkflowPage')),
  route('/playbooks', 'playbooks', () => import('../pages/PlaybooksPage')),
  route('/playbooks/:id', 'playbooks', () => import('../pages/PlaybookPage')),
  route('/jobs', 'jobs', () => import('../pages/JobsPage')),
  route('/decisions', 'decisions', () => import('../pages/DecisionsPage')),
  route('/decisions/:id', 'decisions', () => import('../pages/DecisionPage')),
  route('/findings', 'findings', () => import('../pages/FindingsPage')),
  route('/forecasts', 'forecasts', () => import('../pages/ForecastsPage')),
  route('/documents', 'documents', () => import('../pages/DocumentsPage')),
  route('/changes', 'changes', () => import('../pages/ChangesPage')),
  route('/reports', 'reports', () => import('../pages/ReportsPage')),
  route('/reports/:id', 'reports', () => import('../pages/ReportPage')),
  route('/rules', 'rules', () => import('../pages/RulesPage')),
  route('/notifications', 'notifications', () => import('../pages/NotificationsPage')),
  route('/controls', 'controls', () => import('../pages/ControlsPage')),
  route('/dependencies', 'controls', () => import('../pages/DependenciesPage')),
  route('/preferences', 'preferences', () => import('../pages/PreferencesPage')),
  route('/tools', 'activities', () => import('../pages/ToolsPage')),
  route('/connections', 'connections', () => import('../pages/ConnectionsPage')),
  route('/audit', 'audit', () => import('../pages/AuditPage')),
  route('/users', 'users', () => import('../pages/UsersPage')),
  route('/api-keys', 'api-keys', () => import('../pages/ApiKeysPage')),
  route('/settings', 'settings', () => import('../pages/SettingsPage')),
];

/** Fetches the page of an address while the application is still being set up. One that cannot be had now is asked for again when it is to be shown. */
export function fetchPage(pathname: string) {
  routes
    .find((entry) => matchPath(entry.path, pathname))
    ?.load()
    .catch(() => {});
}
