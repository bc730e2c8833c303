import { Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { Snippet } from './Snippet';

interface ConnectionTool {
  tool: string;
  settings: { name: string; needed: boolean; secret: boolean; default?: string | null }[];
}

/** What to put into the settings for a connection of a tool; nothing is changed here. */
export function ConnectionSnippet() {
  const tools = useQuery({ queryKey: ['connections', 'tools'], queryFn: () => api.get<{ items: ConnectionTool[] }>('/api/connections/tools?pageSize=200') });
  const [tool, setTool] = useState<string | null>('Docker');
  const [name, setName] = useState('default');
  const chosen = tools.data?.items.find((one) => one.tool === tool);
  const named = /^[A-Za-z0-9_.-]+$/.test(name);
  const first = chosen && (chosen.settings.some((one) => one.needed) ? chosen.settings.filter((one) => one.needed || one.secret) : chosen.settings.slice(0, 1));
  const text = JSON.stringify({ Activities: { [tool ?? '']: { [name]: Object.fromEntries((first ?? []).map((one) => [one.name, one.secret ? `secret:${tool?.toLowerCase()}-${name}` : (one.default ?? '...')])) } } }, null, 2);
  return (
    <Stack gap="xs" mt="lg">
      <Group align="end">
        <Select label="Connect" data={tools.data?.items.map((one) => one.tool) ?? []} value={tool} onChange={setTool} searchable allowDeselect={false} />
        <TextInput label="Called" value={name} onChange={(event) => setName(event.currentTarget.value)} error={named ? null : 'Letters, digits, dots and dashes'} />
      </Group>
      {chosen && named && (
        <Snippet title={`Connect ${chosen.tool}`} label="Settings of the connection" text={text}>
          <Text size="sm" mb="xs">
            Put this into appsettings.json and start again, or set it in the environment as HOMELAB__Activities__{chosen.tool}__{name}__{first?.[0]?.name}.
            {first?.some((one) => one.secret) && ` A secret goes into the encrypted store: homelab secrets set ${chosen.tool.toLowerCase()}-${name}.`}
          </Text>
        </Snippet>
      )}
      {chosen && (
        <Text size="sm" c="dimmed">
          {chosen.tool} takes{' '}
          {chosen.settings.map((one) => `${one.name}${one.needed ? ' (needed)' : one.default == null ? '' : ` (${one.default} unless said)`}`).join(', ')}.
        </Text>
      )}
    </Stack>
  );
}
