import { pretty } from './json.js';

/**
 * The ways to have an event again, by the name of the button that copies it.
 *
 * @param {{ topic: string, args: unknown[], kwargs: Record<string, unknown> }} event
 * @returns {Partial<Record<'SQL' | 'command' | 'JSON', string>>}
 */
export function copiesOf({ topic, args, kwargs }) {
  // A change of a row cannot be published again.
  if (topic.startsWith('table:')) return { JSON: pretty({ table: topic.slice('table:'.length), ...kwargs }) };
  if (topic.startsWith('channel:')) return copiesOfNotification(topic.slice('channel:'.length), args[0]);
  const [list, object] = [line(args), line(kwargs)];
  const hasKwargs = Object.keys(kwargs).length > 0;
  const sqlArgs = [topic, list, ...(hasKwargs ? [object] : [])].map(sqlLiteral).join(', ');
  const words = args.map((value) => shellWord(line(value)));
  const flag = hasKwargs ? ['--kwargs', shellWord(object)] : [];
  return {
    SQL: `SELECT crossbar.publish(${sqlArgs});`,
    command: ['pgwamp publish', shellWord(topic), ...words, ...flag].join(' '),
    JSON: pretty({ topic, args, kwargs }),
  };
}

/**
 * @param {string} channel
 * @param {unknown} value the payload: a text, or what its JSON says
 */
function copiesOfNotification(channel, value) {
  const payload = typeof value === 'string' ? value : line(value);
  return {
    SQL: `SELECT pg_notify(${sqlLiteral(channel)}, ${sqlLiteral(payload)});`,
    JSON: pretty({ channel, payload }),
  };
}

/** @param {unknown} value */
function line(value) {
  return JSON.stringify(value);
}

/** @param {string} text */
function sqlLiteral(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/** @param {string} text */
function shellWord(text) {
  return /^[\w.,:@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
