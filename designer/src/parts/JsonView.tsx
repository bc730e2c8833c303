import { Code } from '@mantine/core';

/** A value as indented JSON, scrolled when it is long. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  return (
    <Code block tabIndex={0} role="region" aria-label={label} style={{ maxHeight: 320, overflow: 'auto' }}>
      {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
    </Code>
  );
}
