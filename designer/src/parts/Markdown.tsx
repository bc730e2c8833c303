import { Typography } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { render } from './safeMarkdown';

/** A text with headings, lists and emphasis; see {@link render} for what is taken over. */
export function Markdown({ text, after }: { text: string; after?: (area: HTMLElement) => void }) {
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!area.current) return;
    area.current.replaceChildren(render(text));
    after?.(area.current);
  }, [text, after]);
  return (
    <Typography>
      <div ref={area} style={{ overflowX: 'auto' }} />
    </Typography>
  );
}
