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
}

/** Each page is its own file in the browser too: opening one loads no other. */
export const routes: RouteEntry[] = [
  { path: '/', area: 'overview', component: lazy(() => import('../pages/OverviewPage')) },
  { path: '/incidents', area: 'incidents', component: lazy(() => import('../pages/IncidentsPage')) },
  { path: '/incidents/:id', area: 'incidents', component: lazy(() => import('../pages/IncidentPage')) },
  { path: '/approvals', area: 'approvals', component: lazy(() => import('../pages/ApprovalsPage')) },
  { path: '/approvals/:id', area: 'approvals', component: lazy(() => import('../pages/ApprovalPage')) },
  { path: '/runs', area: 'runs', component: lazy(() => import('../pages/RunsPage')) },
  { path: '/runs/:id', area: 'runs', component: lazy(() => import('../pages/RunPage')) },
  { path: '/lab', area: 'lab', component: lazy(() => import('../pages/LabPage')) },
  { path: '/definitions', area: 'workflows', component: lazy(() => import('../pages/WorkflowsPage')) },
  { path: '/definitions/:id', area: 'workflows', component: lazy(() => import('../pages/WorkflowPage')) },
  { path: '/playbooks', area: 'playbooks', component: lazy(() => import('../pages/PlaybooksPage')) },
  { path: '/playbooks/:id', area: 'playbooks', component: lazy(() => import('../pages/PlaybookPage')) },
  { path: '/jobs', area: 'jobs', component: lazy(() => import('../pages/JobsPage')) },
  { path: '/decisions', area: 'decisions', component: lazy(() => import('../pages/DecisionsPage')) },
  { path: '/decisions/:id', area: 'decisions', component: lazy(() => import('../pages/DecisionPage')) },
  { path: '/findings', area: 'findings', component: lazy(() => import('../pages/FindingsPage')) },
  { path: '/forecasts', area: 'forecasts', component: lazy(() => import('../pages/ForecastsPage')) },
  { path: '/documents', area: 'documents', component: lazy(() => import('../pages/DocumentsPage')) },
  { path: '/changes', area: 'changes', component: lazy(() => import('../pages/ChangesPage')) },
  { path: '/reports', area: 'reports', component: lazy(() => import('../pages/ReportsPage')) },
  { path: '/reports/:id', area: 'reports', component: lazy(() => import('../pages/ReportPage')) },
  { path: '/rules', area: 'rules', component: lazy(() => import('../pages/RulesPage')) },
  { path: '/notifications', area: 'notifications', component: lazy(() => import('../pages/NotificationsPage')) },
  { path: '/controls', area: 'controls', component: lazy(() => import('../pages/ControlsPage')) },
  { path: '/dependencies', area: 'controls', component: lazy(() => import('../pages/DependenciesPage')) },
  { path: '/preferences', area: 'preferences', component: lazy(() => import('../pages/PreferencesPage')) },
  { path: '/tools', area: 'activities', component: lazy(() => import('../pages/ToolsPage')) },
  { path: '/connections', area: 'connections', component: lazy(() => import('../pages/ConnectionsPage')) },
  { path: '/audit', area: 'audit', component: lazy(() => import('../pages/AuditPage')) },
  { path: '/users', area: 'users', component: lazy(() => import('../pages/UsersPage')) },
  { path: '/api-keys', area: 'api-keys', component: lazy(() => import('../pages/ApiKeysPage')) },
  { path: '/settings', area: 'settings', component: lazy(() => import('../pages/SettingsPage')) },
];
