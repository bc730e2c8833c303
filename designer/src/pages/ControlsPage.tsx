import { Alert, Badge, Button, Card, List, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { LimitsInfo, WindowInfo } from '../api/types';
import { useControls } from '../controls/useControls';
import { Countdown } from '../parts/Countdown';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { Time } from '../parts/Time';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

export default function ControlsPage() {
  const controls = useControls();
  const may = useMay();
  const { data, error } = useQuery({ queryKey: ['controls', 'limits'], queryFn: ({ signal }) => api.get<LimitsInfo>('/api/controls/limits', {}, signal) });
  const toPreferences = useSend(() => api.put('/api/controls/autonomy', { level: null, reason: 'Back to the preferences, in the console' }), { done: 'The level of the preferences holds again.', refresh: ['controls'] });
  return (
    <>
      <PageHeader title="Controls">What holds it back now: budgets, cooldowns, windows and switches. Stop, pause and level are at the top of every page.</PageHeader>
      <ProblemAlert error={error} />
      {controls && controls.problems.length > 0 && (
        <Card withBorder padding="md" mb="md">
          <Title order={2} size="h4" mb="xs">
            Wrong in rules and preferences
          </Title>
          <List size="sm">
            {controls.problems.map((problem, index) => (
              <List.Item key={index} style={{ overflowWrap: 'anywhere' }}>
                {problem.file}, line {problem.line}, {problem.path}: {problem.message}
              </List.Item>
            ))}
          </List>
        </Card>
      )}
      {controls && !controls.autonomyOfPreferences && (
        <Alert color="gray" mb="md" title={`The level is set to ${controls.autonomy}, over the one of the preferences`}>
          {may.administer && (
            <Button size="xs" variant="default" onClick={() => toPreferences.mutate(undefined)}>
              Back to the preferences
            </Button>
          )}
        </Alert>
      )}
      {data && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Budgets limits={data} />
          <Cooldowns limits={data} />
          <Windows title="Maintenance windows" none="None: what may be done, may be done at any hour." windows={data.maintenanceWindows} zone={data.timeZone} />
          <Windows title="Quiet hours" none="None: messages come with a sound at any hour." windows={data.quietHours} zone={data.timeZone} />
        </SimpleGrid>
      )}
    </>
  );
}

function Budgets({ limits }: { limits: LimitsInfo }) {
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h4" mb="xs">
        Actions today
      </Title>
      <Stack gap="sm">
        <Budget name="In all" used={limits.actionsToday} of={limits.actionsPerDay} />
        {limits.targets.map((target) => (
          <Budget key={target.target} name={target.target} used={target.actions} of={target.budget} />
        ))}
      </Stack>
      <Text size="sm" c="dimmed" mt="md">
        At most {limits.actionsPerCause} for one cause. {limits.breakerFailures} failures in a row open the circuit breaker.
      </Text>
    </Card>
  );
}

function Budget({ name, used, of }: { name: string; used: number; of: number }) {
  const share = of === 0 ? 100 : Math.min(100, (100 * used) / of);
  return (
    <div>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {name}: {used} of {of}
      </Text>
      <Progress value={share} color={share >= 100 ? 'red' : share >= 75 ? 'orange' : 'teal'} aria-label={`${name}: ${used} of ${of}`} />
    </div>
  );
}

function Cooldowns({ limits }: { limits: LimitsInfo }) {
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h4" mb="xs">
        Cooldowns
      </Title>
      {limits.cooldowns.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing was done so lately that it may not be done again.
        </Text>
      ) : (
        <Table aria-label="Cooldowns">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">What</Table.Th>
              <Table.Th scope="col">Again in</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {limits.cooldowns.map((cooldown) => (
              <Table.Tr key={`${cooldown.action} ${cooldown.target}`}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  {cooldown.action} on {cooldown.target}
                </Table.Td>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <Countdown until={cooldown.until} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}

function Windows({ title, none, windows, zone }: { title: string; none: string; windows: WindowInfo[]; zone: string }) {
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      {windows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      ) : (
        <>
          <Table aria-label={title}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">For</Table.Th>
                <Table.Th scope="col">Hours</Table.Th>
                <Table.Th scope="col">Now</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {windows.map((window, index) => (
                <Table.Tr key={index}>
                  <Table.Td>{window.service ?? 'everything'}</Table.Td>
                  <Table.Td>{window.hours.replace(/^\* /, 'daily ').replace(/ \*$/, ' all day')}</Table.Td>
                  <Table.Td>
                    {window.open ? (
                      <Badge color="teal" variant="light">
                        inside
                      </Badge>
                    ) : (
                      <Text size="sm">
                        from <Time at={window.nextOpening} />
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Text size="xs" c="dimmed" mt="xs">
            Time zone: {zone}
          </Text>
        </>
      )}
    </Card>
  );
}
