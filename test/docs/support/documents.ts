import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';

/** A fenced block of a document. */
export interface Block {
  /** Its place, such as `docs/sql.md:12`. */
  readonly place: string;
  /** Of the info string: `sql`, `ts`, `json` and so on. */
  readonly language: string;
  /** Whether the info string says that the block is but a part of something. */
  readonly fragment: boolean;
  /** The nearest heading above it. */
  readonly heading: string;
  readonly code: string;
}

/** A Markdown file of this repository. */
export interface Document {
  /** From the repository's top, with forward slashes. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly blocks: readonly Block[];
  /** The texts of its headings. */
  readonly headings: readonly string[];
}

const patterns = ['*.md', 'docs/*.md', 'examples/**/*.md', 'bench/**/*.md', 'packages/*/*.md', 'test/**/*.md'];

/** Every document that is written by hand. */
export function documents(): Document[] {
  return globSync(patterns, { cwd: repositoryRoot, exclude: ['**/node_modules/**'] })
    .map((path) => document(path.replaceAll('\\', '/')))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** One document, by its path from the repository's top. */
export function document(path: string): Document {
  const lines = readFileSync(join(repositoryRoot, path), 'utf8').split('\n');
  const blocks: Block[] = [];
  const headings: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^```(\S*) ?(.*)$/.exec(lines[index] ?? '');
    const heading = /^#+ (.*)$/.exec(lines[index] ?? '')?.[1];
    if (heading !== undefined) headings.push(heading);
    if (!fence) continue;
    const end = lines.indexOf('```', index + 1);
    if (end < 0) throw new Error(`${path}:${index + 1}: the block has no end`);
    const [, language = '', info] = fence;
    const code = `${lines.slice(index + 1, end).join('\n')}\n`;
    const place = `${path}:${index + 1}`;
    blocks.push({ place, language, fragment: info === 'fragment', heading: headings.at(-1) ?? '', code });
    index = end;
  }
  return { path, lines, blocks, headings };
}
