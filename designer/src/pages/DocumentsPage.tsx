import { Badge, Group, NavLink, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { api } from '../api/client';
import type { DocumentContent, DocumentInfo, Listing } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { Markdown } from '../parts/Markdown';
import { PageHeader } from '../parts/PageHeader';
import { ProblemAlert } from '../parts/ProblemAlert';
import { Time } from '../parts/Time';

export default function DocumentsPage() {
  const [search, setSearch] = useSearchParams();
  const { data, error } = useQuery({ queryKey: ['documents'], queryFn: ({ signal }) => api.get<Listing<DocumentInfo>>('/api/documents', { pageSize: 200 }, signal) });
  const chosen = search.get('path') ?? data?.items[0]?.path;
  return (
    <>
      <PageHeader title="Documents">What there is, written down every night and kept in your repository.</PageHeader>
      <ProblemAlert error={error} />
      {data?.total === 0 && <EmptyState title="Nothing is documented yet">The workflow Documentation looks at everything that is connected, every night at half past four; run it by hand under Schedules & jobs.</EmptyState>}
      {data && data.total > 0 && (
        <Stack>
          <Group component="nav" aria-label="Documents" gap={4}>
            {data.items.map((document) => (
              <NavLink
                key={document.path}
                component="button"
                label={document.path}
                active={document.path === chosen}
                onClick={() => setSearch({ path: document.path })}
                rightSection={
                  !document.committed && (
                    <Badge size="xs" color="yellow" variant="light">
                      not committed
                    </Badge>
                  )
                }
                w="auto"
              />
            ))}
          </Group>
          {chosen && <Content path={chosen} updated={data.items.find((document) => document.path === chosen)?.updatedAt} />}
        </Stack>
      )}
    </>
  );
}

function Content({ path, updated }: { path: string; updated?: string }) {
  const { data, error } = useQuery({ queryKey: ['documents', path, updated], queryFn: ({ signal }) => api.get<DocumentContent>('/api/documents/content', { path }, signal) });
  if (error) return <ProblemAlert error={error} />;
  return (
    <>
      <Text size="sm" c="dimmed">
        Written <Time at={updated} />
      </Text>
      {data && <Markdown text={data.markdown} after={draw} />}
    </>
  );
}

/** Diagrams are drawn by Mermaid, which is loaded only where there is one. */
async function draw(area: HTMLElement) {
  const blocks = [...area.querySelectorAll<HTMLElement>('code.language-mermaid')];
  if (blocks.length === 0) return;
  const { default: mermaid } = await import('mermaid');
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: document.documentElement.dataset.mantineColorScheme === 'dark' ? 'dark' : 'default' });
  for (const [index, block] of blocks.entries()) {
    try {
      const { svg } = await mermaid.render(`diagram-${index}`, block.textContent ?? '');
      const picture = document.createElement('div');
      picture.setAttribute('role', 'img');
      picture.setAttribute('aria-label', 'Diagram');
      picture.innerHTML = svg;
      block.closest('pre')?.replaceWith(picture);
    } catch {
      // The text of the diagram stays, which tells the same.
    }
  }
}
