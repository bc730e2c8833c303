export const nodeWidth = 140;
export const nodeHeight = 48;
const gapX = 24;
const gapY = 56;

interface Node {
  name: string;
  dependsOn: string[];
}

/** Layers: what hangs on nothing is at the top, everything else one below the lowest it hangs on. The server lets no circle in. */
export function layOut(items: Node[]): { places: Map<string, { x: number; y: number }>; width: number; height: number } {
  const byName = new Map(items.map((item) => [item.name.toLowerCase(), item]));
  const layers = new Map<string, number>();
  const layer = (name: string, above: ReadonlySet<string>): number => {
    const key = name.toLowerCase();
    const known = layers.get(key);
    if (known !== undefined) return known;
    const parents = (byName.get(key)?.dependsOn ?? []).filter((parent) => byName.has(parent.toLowerCase()) && !above.has(parent.toLowerCase()));
    const below = new Set([...above, key]);
    const found = parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => layer(parent, below)));
    layers.set(key, found);
    return found;
  };
  const rows: Node[][] = [];
  for (const item of items) (rows[layer(item.name, new Set())] ??= []).push(item);
  const widest = Math.max(1, ...rows.map((row) => row?.length ?? 0));
  const width = widest * (nodeWidth + gapX) - gapX + 8;
  const places = new Map<string, { x: number; y: number }>();
  // Near what it hangs on, so that lines cross little.
  const middle = (item: Node) => {
    const at = item.dependsOn.map((parent) => places.get(byName.get(parent.toLowerCase())?.name ?? '')?.x).filter((x) => x !== undefined);
    return at.length === 0 ? 0 : at.reduce((sum, x) => sum + x, 0) / at.length;
  };
  rows.forEach((row, depth) => {
    const left = (width - (row.length * (nodeWidth + gapX) - gapX)) / 2;
    [...row].sort((a, b) => middle(a) - middle(b) || a.name.localeCompare(b.name)).forEach((item, index) => places.set(item.name, { x: left + index * (nodeWidth + gapX), y: 4 + depth * (nodeHeight + gapY) }));
  });
  return { places, width, height: rows.length * (nodeHeight + gapY) - gapY + 8 };
}
