import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import type { Incident } from '../api/types';
import { AlertSnippet } from '../parts/AlertSnippet';
import { EmptyState } from '../parts/EmptyState';
import { Filters } from '../parts/Filters';
import { IncidentBadge, SeverityBadge, incidentChoices } from '../parts/incidentBadges';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { Time } from '../parts/Time';
import { useListing } from '../parts/useListing';

const severities = ['critical', 'warning', 'info'].map((value) => ({ value, label: value }));

export default function IncidentsPage() {
  const list = useListing<Incident>('incidents', '/api/incidents', ['state', 'severity', 'search', 'since', 'until']);
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="Incidents">What is wrong, what was, and how it ended. Alerts of one cause are one incident.</PageHeader>
      <Filters
        list={list}
        search="Title, service, target or host"
        choices={[
          { name: 'state', label: 'State', placeholder: 'Any state', data: incidentChoices },
          { name: 'severity', label: 'Severity', placeholder: 'Any severity', data: severities },
        ]}
      />
      <ListTable
        caption="Incidents"
        list={list}
        rowKey={(incident) => incident.id}
        onOpen={(incident) => void navigate(`/incidents/${incident.id}`)}
        columns={[
          {
            title: 'What',
            render: (incident) => (
              <Stack gap={2}>
                <Anchor component={Link} to={`/incidents/${incident.id}`} fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {incident.title}
                </Anchor>
                <Text size="sm" c="dimmed">
                  {[incident.kind.replaceAll('_', ' '), incident.service, Number(incident.alerts) > 1 && `${incident.alerts} alerts`, Number(incident.openings) > 1 && `came back ${Number(incident.openings) - 1} times`].filter(Boolean).join(' · ')}
                </Text>
              </Stack>
            ),
          },
          { title: 'State', render: (incident) => <IncidentBadge state={incident.state} /> },
          { title: 'Severity', wide: true, render: (incident) => <SeverityBadge severity={incident.severity} /> },
          { title: 'Began', wide: true, render: (incident) => <Time at={incident.startedAt} /> },
          { title: 'Last change', wide: true, render: (incident) => <Time at={incident.updatedAt} /> },
        ]}
        narrow={(incident) => (
          <Group gap="xs">
            <SeverityBadge severity={incident.severity} />
            <Text size="sm" c="dimmed">
              began <Time at={incident.startedAt} />
            </Text>
          </Group>
        )}
        empty={
          list.filtered ? (
            <EmptyState title="No incident fits this filter">Choose other states, or other days.</EmptyState>
          ) : (
            <Stack>
              <EmptyState title="Nothing went wrong yet">Alerts become incidents here, and every minute it looks for what no alert says.</EmptyState>
              <AlertSnippet />
            </Stack>
          )
        }
      />
    </>
  );
}
