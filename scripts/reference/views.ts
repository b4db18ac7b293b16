import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainCell, renderTable } from '../markdown-table.ts';

/** A table, a view or a type of the schema `crossbar`. */
interface Relation {
  readonly kind: string;
  readonly name: string;
  readonly comment: string;
  readonly columns: { readonly name: string; readonly type: string; readonly comment: string }[];
}

/** The relations that sql/schema.txt lists and that have a comment: those that users read. */
export function relations(): Relation[] {
  const text = readFileSync(join(import.meta.dirname, '../../sql/schema.txt'), 'utf8');
  return text.split('\n\n').flatMap((section) => {
    const [first = '', ...lines] = section.trim().split('\n');
    const head = /^(?:unlogged )?(table|view|type) (\w+)(?: \(.*?\))?.*? {2}-- (.*)$/.exec(first);
    if (!head) return [];
    const [, kind = '', name = '', comment = ''] = head;
    return [{ kind, name, comment, columns: lines.flatMap(columnOf) }];
  });
}

/** None for constraints and indexes. */
function columnOf(line: string): Relation['columns'] {
  const found = /^ {2}(\w+) (.+?)(?: not null)?(?: generated always as identity)?(?: default .+?)? {2}-- (.*)$/.exec(
    line,
  );
  const [, name = '', type = '', comment = ''] = found ?? [];
  return found ? [{ name, type, comment }] : [];
}

const introduction = `# Tables and views

The tables, views and types of the schema \`crossbar\` that users read. \`npm run reference\` makes this page from the comments in the
database, which \`\\d+\` of psql shows as well. Names that begin with \`_\` are internal. [sql.md](sql.md#privileges) says who may read
what.
`;

/** docs/views.md. */
export function viewsPage(): string {
  const sections = relations().map(({ kind, name, comment, columns }) => {
    const rows = columns.map((column) => [
      `\`${column.name}\``,
      column.type,
      plainCell(column.comment.replace(/\.$/, '')),
    ]);
    return `## crossbar.${name}\n\n${kind[0]?.toUpperCase()}${kind.slice(1)}. ${comment}\n\n${renderTable([['column', 'type', 'meaning'], ...rows])}`;
  });
  return [introduction, ...sections].join('\n');
}
