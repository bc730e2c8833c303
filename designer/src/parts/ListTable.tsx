import { Box, Group, Pagination, Skeleton, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { useListing } from './useListing';
import { ProblemAlert } from './ProblemAlert';

export interface Column<T> {
  title: string;
  render: (item: T) => ReactNode;
  /** Left out on a phone. */
  wide?: boolean;
  align?: 'right';
}

interface Props<T> {
  caption: string;
  list: ReturnType<typeof useListing<T>>;
  columns: Column<T>[];
  rowKey: (item: T) => string;
  onOpen?: (item: T) => void;
  /** What a phone shows below the first column instead of the columns it leaves out. */
  narrow?: (item: T) => ReactNode;
  empty: ReactNode;
}

/** A list as a table: the server pages it. The first column holds the row's link, so that the keyboard reaches it. */
export function ListTable<T>({ caption, list, columns, rowKey, onOpen, narrow, empty }: Props<T>) {
  if (list.error) return <ProblemAlert error={list.error} />;
  if (!list.data)
    return (
      <Stack gap="xs" aria-busy="true" aria-label={`Loading ${caption}`} role="status">
        {Array.from({ length: 6 }, (_, index) => (
          <Skeleton key={index} height={38} />
        ))}
      </Stack>
    );
  if (list.data.total === 0) return <>{empty}</>;
  const pages = Math.ceil(list.data.total / list.pageSize);
  return (
    <Box style={{ opacity: list.isPlaceholderData ? 0.6 : 1 }}>
      <Table.ScrollContainer minWidth={0} type="native">
        <Table highlightOnHover={!!onOpen} verticalSpacing="sm" aria-label={caption}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th key={column.title} scope="col" ta={column.align} visibleFrom={column.wide ? 'sm' : undefined}>
                  {column.title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.data.items.map((item) => (
              <Table.Tr
                key={rowKey(item)}
                className={onOpen && 'clickable-row'}
                onClick={onOpen && ((event) => (event.target as HTMLElement).closest('a,button,input,label') || onOpen(item))}
              >
                {columns.map((column, index) => (
                  <Table.Td key={column.title} ta={column.align} visibleFrom={column.wide ? 'sm' : undefined}>
                    {column.render(item)}
                    {index === 0 && narrow && (
                      <Box hiddenFrom="sm" mt={6}>
                        {narrow(item)}
                      </Box>
                    )}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group justify="space-between" mt="md">
        <Text size="sm" c="dimmed" aria-live="polite">
          {list.data.total.toLocaleString()} in all
        </Text>
        {pages > 1 && (
          <Pagination
            total={pages}
            value={list.page}
            onChange={(page) => list.set('page', page === 1 ? null : String(page))}
            siblings={0}
            size="sm"
            getControlProps={(control) => ({ 'aria-label': `${control} page` })}
            getItemProps={(page) => ({ 'aria-label': `Page ${page}` })}
          />
        )}
      </Group>
    </Box>
  );
}
