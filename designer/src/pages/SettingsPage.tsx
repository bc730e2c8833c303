import { Card, SimpleGrid, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { SettingsInfo } from '../api/types';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';

export default function SettingsPage() {
  const { data, error } = useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => api.get<SettingsInfo>('/api/settings', {}, signal) });
  return (
    <>
      <PageHeader title="Settings">
        What is in force. They are set in <span className="mono">appsettings.json</span> or the environment and read at the start; secrets are not shown.
      </PageHeader>
      <ProblemAlert error={error} />
      {data && (
        <>
          <SimpleGrid cols={{ base: 1, sm: 3 }} mb="lg">
            <Fact label="Version" value={data.version} />
            <Fact label="Database" value={data.database} />
            <Fact label="Data directory" value={data.dataDirectory} />
          </SimpleGrid>
          <Table aria-label="Settings" layout="fixed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Name</Table.Th>
                <Table.Th scope="col">Value</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.settings.map((setting) => (
                <Table.Tr key={setting.name}>
                  <Table.Td className="mono">{setting.name}</Table.Td>
                  <Table.Td className="mono">{setting.value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
    </>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <Card withBorder padding="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fw={500} style={{ overflowWrap: 'anywhere' }}>
        {value}
      </Text>
    </Card>
  );
}
