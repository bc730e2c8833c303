import { Button, Card, Code, CopyButton, Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** Something to paste elsewhere, with a button that copies it. */
export function Snippet({ title, label, text, children }: { title: string; label: string; text: string; children?: ReactNode }) {
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
      {children}
      <Code block tabIndex={0} aria-label={label}>
        {text}
      </Code>
    </Card>
  );
}
