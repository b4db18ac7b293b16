import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderTable } from '../markdown-table.ts';

const file = join(import.meta.dirname, '../../packages/gateway/src/clients/wire-protocol.ts');

/** docs/pgwamp-v1.md: the comment of the module that implements the protocol, with its tables aligned. */
export function gatewayProtocolPage(): string {
  const [, comment = ''] = /^\/\*\*\n([\s\S]*?)\n \* @module/.exec(readFileSync(file, 'utf8')) ?? [];
  const text = comment.replaceAll(/^ \* ?/gm, '').trimEnd();
  return `${text.replaceAll(/(?:^\|.*\n?)+/gm, aligned).trimEnd()}\n\n\`npm run reference\` makes this page from \`packages/gateway/src/clients/wire-protocol.ts\`.\n`;
}

function aligned(table: string): string {
  const rows = table.trimEnd().split('\n');
  const cells = rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  return renderTable(cells.filter((_, index) => index !== 1));
}
