import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

// `src` and `dist` stand side by side, and so do `src/pages` and `dist/pages`.
const folder = new URL('../../', import.meta.url);

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file as it goes to browsers. */
export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** Reads a file of this package that is there for browsers. */
export function staticFile(path: string): StaticFile {
  const body = readFileSync(new URL(path, folder));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, type: types[extname(path)] ?? 'application/octet-stream', etag };
}

/** Reads a page, in which values go where it has `{{name}}`, escaped. */
export function template<Name extends string>(path: string): (values: Readonly<Record<Name, string>>) => string {
  const text = readFileSync(new URL(path, folder), 'utf8');
  return (values) => text.replace(/\{\{(\w+)\}\}/g, (_, name: Name) => escapeHtml(values[name]));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
