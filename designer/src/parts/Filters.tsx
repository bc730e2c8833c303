import { Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';

interface Choice {
  name: string;
  label: string;
  placeholder: string;
  data: { value: string; label: string }[];
}

interface Props {
  list: { search: URLSearchParams; set: (name: string, value: string | null) => void };
  search: string;
  choices?: Choice[];
  /** Whether days can be chosen. */
  days?: boolean;
}

/** The one row of filters above a list; what is chosen is in the address. */
export function Filters({ list, search, choices = [], days = true }: Props) {
  const change = useDebouncedCallback((text: string) => list.set('search', text), 250);
  return (
    <Group mb="md" gap="sm" align="flex-end">
      <TextInput label="Search" maxLength={200} placeholder={search} defaultValue={list.search.get('search') ?? ''} onChange={(event) => change(event.currentTarget.value)} style={{ flex: '1 1 180px' }} />
      {choices.map((choice) => (
        <Select
          key={choice.name}
          label={choice.label}
          placeholder={choice.placeholder}
          clearable
          data={choice.data}
          value={list.search.get(choice.name)}
          onChange={(value) => list.set(choice.name, value)}
          style={{ flex: '1 1 150px', maxWidth: 220 }}
          clearButtonProps={{ 'aria-label': choice.placeholder }}
        />
      ))}
      {days && (
        <>
          <TextInput type="date" label="From" value={list.search.get('since') ?? ''} onChange={(event) => list.set('since', event.currentTarget.value)} style={{ flex: '1 1 130px', maxWidth: 170 }} />
          <TextInput type="date" label="To" value={list.search.get('until') ?? ''} onChange={(event) => list.set('until', event.currentTarget.value)} style={{ flex: '1 1 130px', maxWidth: 170 }} />
        </>
      )}
    </Group>
  );
}
