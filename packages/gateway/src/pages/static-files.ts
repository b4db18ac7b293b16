import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

// `src/pages` and `dist/pages` have the same depth.
const folder = new URL('../../', import.meta.url);

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file for browsers. */
export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** Reads a public file of this package. */
export function staticFile(path: string): StaticFile {
  const body = readFileSync(new URL(path, folder));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, type: types[extname(path)] ?? 'application/octet-stream', etag };
}

/** Reads a page template and returns a function that replaces each `{{name}}` with an escaped value. */
export function template<Name extends string>(path: string): (values: Readonly<Record<Name, string>>) => string {
  const text = readFileSync(new URL(path, folder), 'utf8');
  return (values) => text.replace(/\{\{(\w+)\}\}/g, (_, name: Name) => escapeHtml(values[name]));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
