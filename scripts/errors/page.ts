import { renderTable, type Table } from '../markdown-table.ts';

/** Puts tables into a page, each in place of the first one below its heading, or right below that. */
export function withTables(page: string, tables: Readonly<Record<string, Table>>): string {
  const sections = page.split(/^(?=#{2,3} )/m);
  for (const [heading, table] of Object.entries(tables)) {
    const index = sections.findIndex((section) => section.startsWith(`${heading}\n`));
    if (index < 0) throw new Error(`the page has no heading ${heading}`);
    sections[index] = withTable(sections[index] ?? '', renderTable(table));
  }
  return `${sections.join('').trimEnd()}\n`;
}

function withTable(section: string, table: string): string {
  const present = /^\|.*\n(?:\|.*\n)*/m.exec(section);
  if (!present) return `${section.trimEnd()}\n\n${table}\n`;
  return section.slice(0, present.index) + table + section.slice(present.index + present[0].length);
}
