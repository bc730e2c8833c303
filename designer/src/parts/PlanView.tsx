import { Stack, Table, Text } from '@mantine/core';
import type { Plan } from '../api/types';
import { byteWords } from './words';

/** What a step is for, where that is not to do what is wanted. */
const roleWords: Record<string, string> = { snapshot: 'First, so that there is a way back', rollback: 'Only if that fails or does not help' };

function valueText(name: string, value: unknown): string {
  if (typeof value === 'number' && /bytes$/i.test(name)) return `${value} (${byteWords(value)})`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What would be done, step by step, with exactly these parameters; secrets are masked by the server. */
export function PlanView({ plan, roles = [] }: { plan: Plan; roles?: string[] }) {
  return (
    <Stack gap="md">
      {plan.steps.map((step, index) => (
        <div key={index}>
          {roleWords[roles[index] ?? ''] && (
            <Text size="sm" c="dimmed">
              {roleWords[roles[index] ?? '']}:
            </Text>
          )}
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
                      <Table.Td className="mono">{valueText(name, value)}</Table.Td>
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
