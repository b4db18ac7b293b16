import type { Table } from './tables.ts';

/** Puts tables into a page, each in place of the first one below its heading, or right below that. */
export function withTables(page: string, tables: Readonly<Record<string, Table>>): string {
  const sections = page.split(/^(?=#{2,3} )/m);
  for (const [heading, table] of Object.entries(tables)) {
    const index = sections.findIndex((section) => section.startsWith(`${heading}\n`));
    if (index < 0) throw new Error(`the page has no heading ${heading}`);
    sections[index] = withTable(sections[index] ?? '', render(table));
  }
  return `${sections.join('').trimEnd()}\n`;
}

function withTable(section: string, table: string): string {
  const present = /^\|.*\n(?:\|.*\n)*/m.exec(section);
  if (!present) return `${section.trimEnd()}\n\n${table}\n`;
  return section.slice(0, present.index) + table + section.slice(present.index + present[0].length);
}

/** With columns that are aligned, as the formatter has them. */
function render(table: Table): string {
  const [head = []] = table;
  const widths = head.map((_, column) => Math.max(3, ...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |\n`;
  const [first = '', ...rest] = table.map(line);
  return first + line(widths.map((width) => '-'.repeat(width))) + rest.join('');
}
