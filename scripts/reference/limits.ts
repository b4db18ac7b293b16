import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '@pgwamp/router';
import { plainCell, renderTable } from '../markdown-table.ts';

const introduction = `## Limits of the router

Keys of \`limits\` of \`createRouter()\` and of a router worker. Sizes are in bytes (in memory: characters), times in milliseconds.
`;

/** A limit of the router, its default, and what it bounds: the text above it in the source, without the default. */
export function limits(): { readonly name: string; readonly fallback: number; readonly meaning: string }[] {
  const source = readFileSync(join(import.meta.dirname, '../../packages/router/src/limits.ts'), 'utf8');
  const known = new Map<string, number>(Object.entries(DEFAULT_LIMITS));
  return [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+): number;/g)].map(
    ([, comment = '', name = '']) => {
      const meaning = comment
        .replaceAll(/^\s*\*/gm, '')
        .replace(/\s*Default [\s\S]*$/, '')
        .trim();
      return { name, fallback: known.get(name) ?? Number.NaN, meaning: meaning.replace(/\.$/, '') };
    },
  );
}

/** The section of docs/options.md. */
export function limitsSection(): string {
  const rows = limits().map(({ name, fallback, meaning }) => [
    `\`${name}\``,
    fallback.toLocaleString('en-US'),
    plainCell(meaning),
  ]);
  return `${introduction}\n${renderTable([['limit', 'default', 'what it bounds'], ...rows])}`;
}
