import { Alert, Badge, Button, Card, Group, Select, SimpleGrid, Stack, Text, Timeline, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { Time } from '../parts/Time';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

/** A thing of the simulated homelab, as `/api/lab` answers. */
interface LabThing {
  name: string;
  kind: string;
  on?: string | null;
  state: string;
  well: boolean;
  detail?: string | null;
}

interface LabFault {
  id: string;
  kind: string;
  title: string;
  target: string;
  at: string;
  endedAt?: string | null;
  endedBy?: string | null;
}

interface LabInfo {
  now: string;
  script?: string | null;
  things: LabThing[];
  faults: LabFault[];
  happenings: { number: number; at: string; kind: string; text: string }[];
}

interface LabFaultKind {
  name: string;
  title: string;
  on: string;
  targets: string[];
}

const colors: Record<string, string> = { fault: 'red', action: 'blue', effect: 'teal', alert: 'orange', message: 'grape' };

/** The simulated homelab: what is there, what was broken, and buttons to break more. It is there only while a lab runs. */
export default function LabPage() {
  const lab = useQuery({ queryKey: ['lab'], queryFn: () => api.get<LabInfo>('/api/lab'), refetchInterval: 2000 });
  if (lab.error) return <ProblemAlert error={lab.error} />;
  const groups = ['host', 'guest', 'container', 'unit', 'database'];
  return (
    <>
      <PageHeader title="Lab">A homelab that is not there: break something, and watch under Incidents, Approvals and Changes what is done about it.</PageHeader>
      {lab.data?.script && (
        <Alert mb="md" variant="light">
          {lab.data.script}
        </Alert>
      )}
      <FaultForm />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" mt="lg">
        <Stack>
          <Title order={2} size="h4">
            The homelab
          </Title>
          {groups.map((group) => (
            <Card key={group} withBorder padding="xs">
              {lab.data?.things
                .filter((thing) => thing.kind.startsWith(group))
                .map((thing) => (
                  <Group key={`${thing.on}/${thing.name}`} justify="space-between" wrap="nowrap" py={2}>
                    <Text size="sm" truncate>
                      {thing.name}{' '}
                      <Text span size="xs" c="dimmed">
                        {thing.kind}
                        {thing.on ? ` on ${thing.on}` : ''}
                        {thing.detail ? `, ${thing.detail}` : ''}
                      </Text>
                    </Text>
                    <Badge variant="light" color={thing.well ? 'teal' : 'red'} style={{ flexShrink: 0 }}>
                      {thing.state}
                    </Badge>
                  </Group>
                ))}
            </Card>
          ))}
        </Stack>
        <Stack>
          <Title order={2} size="h4">
            What is wrong
          </Title>
          <Faults faults={lab.data?.faults ?? []} />
          <Title order={2} size="h4">
            What happened
          </Title>
          <Timeline bulletSize={14} lineWidth={2}>
            {lab.data?.happenings.slice(0, 40).map((happening) => (
              <Timeline.Item key={happening.number} color={colors[happening.kind] ?? 'gray'}>
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {happening.text}
                </Text>
                <Text size="xs" c="dimmed">
                  {happening.kind}, <Time at={happening.at} />
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
        </Stack>
      </SimpleGrid>
    </>
  );
}

/** Chooses what goes wrong, and with what. */
function FaultForm() {
  const may = useMay();
  const kinds = useQuery({ queryKey: ['lab-faults'], queryFn: () => api.get<{ items: LabFaultKind[] }>('/api/lab/faults?pageSize=100') });
  const [name, setName] = useState<string | null>('container_crash');
  const [target, setTarget] = useState<string | null>(null);
  const strike = useSend((fault: { kind: string; target: string }) => api.post('/api/lab/faults', fault), { refresh: ['lab'], done: (fault) => `Broken: ${fault.target}` });
  const kind = kinds.data?.items.find((one) => one.name === name);
  const chosen = target && kind?.targets.includes(target) ? target : (kind?.targets[0] ?? null);
  if (!may.operate) return null;
  return (
    <Group align="end">
      <Select
        label="What goes wrong"
        data={kinds.data?.items.map((one) => ({ value: one.name, label: one.title })) ?? []}
        value={name}
        onChange={setName}
        searchable
        allowDeselect={false}
        w={{ base: '100%', sm: 340 }}
      />
      <Select label="With" data={kind?.targets ?? []} value={chosen} onChange={setTarget} searchable allowDeselect={false} w={{ base: '100%', sm: 220 }} />
      <Button color="red" loading={strike.isPending} disabled={!kind || !chosen} onClick={() => kind && chosen && strike.mutate({ kind: kind.name, target: chosen })}>
        Break it
      </Button>
    </Group>
  );
}

function Faults({ faults }: { faults: LabFault[] }) {
  const may = useMay();
  const end = useSend((fault: LabFault) => api.delete(`/api/lab/faults/${encodeURIComponent(fault.id)}`), { refresh: ['lab'] });
  if (faults.length === 0) return <Text c="dimmed">Nothing was broken yet.</Text>;
  return (
    <Stack gap={4}>
      {faults.slice(0, 8).map((fault) => (
        <Group key={fault.id} justify="space-between" wrap="nowrap">
          <Text size="sm">
            {fault.title}: <b>{fault.target}</b>
          </Text>
          {fault.endedAt ? (
            <Badge variant="light" color="teal" style={{ flexShrink: 0 }}>
              over: {fault.endedBy}
            </Badge>
          ) : (
            may.operate && (
              <Button size="compact-xs" variant="default" onClick={() => end.mutate(fault)} aria-label={`End: ${fault.title}, ${fault.target}`}>
                End it
              </Button>
            )
          )}
        </Group>
      ))}
    </Stack>
  );
}
