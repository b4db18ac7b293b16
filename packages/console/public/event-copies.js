import { pretty, visible } from './json.js';

/**
 * Texts that reproduce an event, by the name of the button that copies them.
 *
 * @param {{ topic: string, args: unknown[], kwargs: Record<string, unknown> }} event
 * @param {{ router: string, realm: string }} [place] the target of the command; default: that of `pgwamp`
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
  // After the dashes, a negative number is not parsed as an option.
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

/** Escapes invisible characters, which a terminal would interpret. @param {unknown} value */
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
