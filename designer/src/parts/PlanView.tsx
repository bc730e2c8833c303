import { Stack, Table, Text } from '@mantine/core';
import type { Plan } from '../api/types';

/** What would be done, step by step, with exactly these parameters; secrets are masked by the server. */
export function PlanView({ plan }: { plan: Plan }) {
  return (
    <Stack gap="md">
      {plan.steps.map((step, index) => (
        <div key={index}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {plan.steps.length > 1 && `${index + 1}. `}
            {step.activityId} on {step.target.name}
          </Text>
          {Object.keys(step.parameters).length > 0 && (
            <Table.ScrollContainer minWidth={0} type="native">
              <Table aria-label={`Parameters of ${step.activityId}`} withRowBorders={false} verticalSpacing={4}>
                <Table.Tbody>
                  {Object.entries(step.parameters).map(([name, value]) => (
                    <Table.Tr key={name}>
                      <Table.Th scope="row" w="30%" fw={500} style={{ verticalAlign: 'top' }}>
                        {name}
                      </Table.Th>
                      <Table.Td className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </div>
      ))}
    </Stack>
  );
}
