import { pretty, visible } from './json.js';

/**
 * The ways to have an event again, by the name of the button that copies it.
 *
 * @param {{ topic: string, args: unknown[], kwargs: Record<string, unknown> }} event
 * @param {{ router: string, realm: string }} [place] where the command publishes; if left out, where `pgwamp` does by itself
 * @returns {Partial<Record<'SQL' | 'command' | 'JSON', string>>}
 */
export function copiesOf({ topic, args, kwargs }, place) {
  // A change of a row cannot be published again.
  if (topic.startsWith('table:')) return { JSON: visible(pretty({ table: topic.slice('table:'.length), ...kwargs })) };
  if (topic.startsWith('channel:')) return copiesOfNotification(topic.slice('channel:'.length), args[0]);
  const [list, object] = [line(args), line(kwargs)];
  const hasKwargs = Object.keys(kwargs).length > 0;
  const sqlArgs = [topic, list, ...(hasKwargs ? [object] : [])].map(sqlLiteral).join(', ');
  const flags = [
    ...(hasKwargs ? ['--kwargs', object] : []),
    ...(place ? ['--router', place.router, '--realm', place.realm] : []),
  ];
  // After the dashes, a negative number is no flag.
  const words = [...flags, '--', topic, ...args.map(line)].map(shellWord);
  return {
    SQL: `SELECT crossbar.publish(${sqlArgs});`,
    command: `pgwamp publish ${words.join(' ')}`,
    JSON: visible(pretty({ topic, args, kwargs })),
  };
}

/**
 * @param {string} channel
 * @param {unknown} value the payload: a text, or what its JSON says
 */
function copiesOfNotification(channel, value) {
  const payload = typeof value === 'string' ? value : JSON.stringify(value);
  return {
    SQL: `SELECT pg_notify(${sqlLiteral(channel)}, ${sqlLiteral(payload)});`,
    JSON: visible(pretty({ channel, payload })),
  };
}

/** Characters that nobody sees are escaped: a terminal would act on them. @param {unknown} value */
function line(value) {
  return visible(JSON.stringify(value));
}

/** @param {string} text */
function sqlLiteral(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/** @param {string} text */
function shellWord(text) {
  return /^[\w.,:@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
