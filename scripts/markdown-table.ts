/** The text of the cells of a table, row by row, its head first. */
export type Table = readonly (readonly string[])[];

/** A table with columns that are aligned, as the formatter has them. */
export function renderTable(table: Table): string {
  const [head = []] = table;
  const widths = head.map((_, column) => Math.max(3, ...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |\n`;
  const [first = '', ...rest] = table.map(line);
  return first + line(widths.map((width) => '-'.repeat(width))) + rest.join('');
}

/** Text that stands in a cell as it is. */
export function plainCell(text: string): string {
  return text.replaceAll(/[|*<]/g, (mark) => `\\${mark}`).replaceAll(/\s+/g, ' ');
}
