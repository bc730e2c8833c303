import { Badge, Group, NavLink, Stack, Text, Typography } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { marked } from 'marked';
import { useEffect, useRef } from 'react';
import { useSearchParams } from 'react-router';
import { api } from '../api/client';
import type { DocumentContent, DocumentInfo, Listing } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
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
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!area.current || !data) return;
    area.current.replaceChildren(render(data.markdown));
    void draw(area.current);
  }, [data]);
  if (error) return <ProblemAlert error={error} />;
  return (
    <>
      <Text size="sm" c="dimmed">
        Written <Time at={updated} />
      </Text>
      <Typography>
        <div ref={area} style={{ overflowX: 'auto' }} />
      </Typography>
    </>
  );
}

const TextNode = globalThis.Text;

/** What others named is in these texts, so only what a document needs is taken over: no scripts, no handlers, no addresses. */
const allowed = new Set(['H1', 'H2', 'H3', 'P', 'UL', 'OL', 'LI', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'PRE', 'CODE', 'STRONG', 'EM', 'HR', 'BR']);

function render(markdown: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(marked.parse(markdown, { async: false }), 'text/html');
  const copy = (from: Node, to: Node) => {
    for (const node of from.childNodes) {
      if (node instanceof TextNode) to.appendChild(document.createTextNode(node.data));
      else if (node instanceof HTMLElement && allowed.has(node.tagName)) {
        const element = document.createElement(node.tagName);
        if (node.tagName === 'CODE' && node.className === 'language-mermaid') element.className = node.className;
        copy(node, element);
        to.appendChild(element);
      } else copy(node, to);
    }
  };
  const fragment = document.createDocumentFragment();
  copy(parsed.body, fragment);
  return fragment;
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
