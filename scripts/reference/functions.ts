import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainCell, renderTable, type Table } from '../markdown-table.ts';

/** A function of the schema `crossbar` that users call. */
export interface SqlFunction {
  readonly name: string;
  /** From its name to its result, as the source has it. */
  readonly signature: string;
  /** The comment in the database, without its options. */
  readonly comment: string;
  /** Name, type and meaning of each option in the comment. */
  readonly options: Table;
}

const folder = join(import.meta.dirname, '../../sql/functions');
const definition = /^CREATE OR REPLACE FUNCTION (crossbar\.(\w+)\([\s\S]*?\)\s*RETURNS .*)$/gm;
const comments = /^COMMENT ON FUNCTION crossbar\.\w+\([^)]*\) IS\s+'((?:[^']|'')*)';/gm;

/** The functions whose names do not begin with an underscore, by their files. */
export function functions(): SqlFunction[] {
  return globSync('[a-z]*.sql', { cwd: folder })
    .sort()
    .flatMap((file) => functionsOf(readFileSync(join(folder, file), 'utf8')));
}

function functionsOf(source: string): SqlFunction[] {
  const found = [...source.matchAll(comments)].map(([, text = '']) => text.replaceAll("''", "'"));
  return [...source.matchAll(definition)].map(([, signature = '', name = ''], index) => {
    const [comment = '', options = ''] = (found[index] ?? '').split('\n\nOptions:\n');
    return { name, signature, comment, options: [...options.matchAll(/^(.+?) \((.+?)\): (.+)$/gm)].map(rowOf) };
  });
}

function rowOf([, names = '', type = '', meaning = '']: readonly string[]): string[] {
  return [names.replaceAll(/\w+/g, '`$&`'), type, plainCell(meaning)];
}

const introduction = `# SQL functions

Signatures and options of the functions of the schema \`crossbar\`. \`npm run reference\` makes this page from the comments in the database,
which \`\\df+\` of psql shows as well. [SQL](sql.md) has examples, rights and errors.
`;

/** docs/functions.md. */
export function functionsPage(): string {
  const byName = Map.groupBy(functions(), ({ name }) => name);
  const sections = [...byName].map(([name, overloads]) => {
    const signatures = overloads.map(({ signature }) => `${signature}\n`).join('');
    const texts = overloads.map(({ comment }) => `${comment.replaceAll(/[<*]/g, '\\$&')}\n`);
    const tables = overloads.map(({ options }) =>
      options.length > 0 ? `\n${renderTable([['option', 'type', 'meaning'], ...options])}` : '',
    );
    return `## crossbar.${name}\n\n\`\`\`text\n${signatures}\`\`\`\n\n${texts.join('\n')}${tables.join('')}`;
  });
  return [introduction, ...sections].join('\n');
}
