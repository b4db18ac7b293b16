import { join } from 'node:path';
import { errorsBySqlstate, otherError, ownSqlstates } from '@pgwamp/core/internal/functions';
import { Uri } from '@pgwamp/protocol';
import { propertiesOf } from '../declarations.ts';
import type { Table } from '../markdown-table.ts';
import { type ErrorClass, errorClasses } from './classes.ts';
import { type Condition, conditions, linkConditions } from './conditions.ts';

const packages = join(import.meta.dirname, '../../packages');

/** The tables of docs/errors.md that are made of the sources, by the headings that they stand below. */
export function errorTables(): Readonly<Record<string, Table>> {
  const classes = errorClasses();
  return {
    '## Components': components(classes.filter(({ code, base }) => code !== '' && base !== 'RouterError')),
    '## Router': router(classes.filter(({ base }) => base === 'RouterError')),
    '### WAMP errors of the router': uris(),
    '## Functions': sqlstates(),
    '## SQL': own(),
    "### Errors with PostgreSQL's SQLSTATEs": standard(conditions),
    '### Errors of the link': standard(linkConditions),
  };
}

function components(classes: readonly ErrorClass[]): Table {
  const head = ['code', 'class', 'when', 'fatal', 'what to do'];
  return [
    head,
    ...classes.map(({ code, name, when, isFatal, remedy }) => {
      return [`\`${code}\``, `\`${name}\``, cell(when), isFatal ? 'yes' : 'no', cell(remedy)];
    }),
  ];
}

function router(classes: readonly ErrorClass[]): Table {
  const head = ['code', 'class', 'when', 'what to do'];
  const rows = classes.map(({ code, name, when, remedy }) => [`\`${code}\``, `\`${name}\``, cell(when), cell(remedy)]);
  return [head, ...rows];
}

function uris(): Table {
  const known: Readonly<Record<string, string>> = Uri;
  const rows = propertiesOf(join(packages, 'protocol/src/uris.ts'), 'Uri').map(({ name, summary }) => {
    return [`\`${known[name]}\``, cell(summary)];
  });
  return [['URI', 'when'], ...rows];
}

const sqlstateFile = join(packages, 'core/src/functions/execution/sqlstate.ts');

function sqlstates(): Table {
  const rows = propertiesOf(sqlstateFile, 'errorsBySqlstate').map(({ name, summary }) => {
    return [`\`${name}${name.length === 2 ? '…' : ''}\``, cell(summary), `\`${errorsBySqlstate[name]}\``];
  });
  return [['SQLSTATE', 'condition', 'WAMP error'], ...rows, ['any other', '', `\`${otherError}\``]];
}

function own(): Table {
  const rows = propertiesOf(sqlstateFile, 'ownSqlstates').map(({ name, summary }) => {
    return [`\`${name}\``, cell(summary), `\`${ownSqlstates[name]}\``];
  });
  return [['SQLSTATE', 'when', 'WAMP error, if the detail has none'], ...rows];
}

function standard(raised: Readonly<Record<string, Condition>>): Table {
  // Those that look like numbers would come first.
  const sorted = Object.entries(raised).sort(([one], [other]) => (one < other ? -1 : 1));
  const rows = sorted.map(([sqlstate, { name, when }]) => [`\`${sqlstate}\``, `\`${name}\``, when]);
  return [['SQLSTATE', 'condition', 'when'], ...rows];
}

/** A sentence as a part of one: without its capital, unless a name begins it, and without its full stop. */
function cell(sentence: string): string {
  const part = sentence.replace(/\.$/, '').replaceAll('|', '\\|');
  return part.replace(/^[A-Z](?=[a-z]*\b(?!\.))/, (letter) => letter.toLowerCase());
}
