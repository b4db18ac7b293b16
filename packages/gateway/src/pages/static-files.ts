import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Page } from '../context.ts';

// `src` and `dist` stand side by side, and so do `src/pages` and `dist/pages`.
const folder = new URL('../../', import.meta.url);

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What pages of any origin may load: among them is the browser client. */
const headers = {
  'Access-Control-Allow-Origin': '*',
  'Cache-Control': 'no-cache',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** A file of this package that is there for browsers. */
export function staticPage(path: string): Page {
  const body = readFileSync(new URL(path, folder));
  return { contentType: types[extname(path)] ?? 'application/octet-stream', body, headers };
}

/** Reads a page, in which values go where it has `{{name}}`, escaped. */
export function template<Name extends string>(path: string): (values: Readonly<Record<Name, string>>) => string {
  const text = readFileSync(new URL(path, folder), 'utf8');
  return (values) => text.replace(/\{\{(\w+)\}\}/g, (_, name: Name) => escapeHtml(values[name]));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
