import { Badge, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import type { ActivityInfo } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { useListing } from '../parts/useListing';

const effects: Record<string, [string, string]> = {
  none: ['teal', 'Reads only'],
  reversible: ['yellow', 'Can be undone'],
  disruptive: ['orange', 'Disrupts'],
  destructive: ['red', 'Destroys'],
};

export default function ToolsPage() {
  const list = useListing<ActivityInfo>('activities', '/api/activities', ['search'], 50);
  const search = useDebouncedCallback((text: string) => list.set('search', text), 250);
  return (
    <>
      <PageHeader title="Tools">What workflows can do, and what each does to your systems. What changes something passes the gate first.</PageHeader>
      <TextInput aria-label="Search" maxLength={200} placeholder="Tool or activity" mb="md" maw={400} defaultValue={list.search.get('search') ?? ''} onChange={(event) => search(event.currentTarget.value)} />
      <ListTable
        caption="Activities"
        list={list}
        rowKey={(activity) => activity.id}
        columns={[
          { title: 'Tool', wide: true, render: (activity) => activity.tool },
          {
            title: 'Activity',
            render: (activity) => (
              <>
                <Text fw={500}>{activity.displayName}</Text>
                <Text size="sm" c="dimmed">
                  {activity.description}
                </Text>
                <Text size="xs" className="mono" c="dimmed">
                  {activity.id}
                </Text>
              </>
            ),
          },
          {
            title: 'Effect',
            render: (activity) => {
              const [color, word] = effects[activity.effect] ?? ['gray', activity.effect];
              return (
                <Badge color={color} variant="light" title={activity.noUndoReason ?? undefined}>
                  {word}
                </Badge>
              );
            },
          },
        ]}
        empty={<EmptyState title={list.filtered ? 'No activity fits this search' : 'No tools are installed'} />}
      />
    </>
  );
}
