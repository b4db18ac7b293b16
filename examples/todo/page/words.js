// The texts of errors for users. For all other errors, the page shows the message of the function or the router.

const words = {
  'wamp.error.authentication_denied': 'The name or the password is wrong.',
  'com.example.todo.error.no_such_list': 'This list is not there any more, or it is not shared with you.',
  'com.example.todo.error.no_such_item': 'This item is not there any more, or its list is not shared with you.',
};

/** Of constraints of tables, by their names. */
const constraints = {
  item_title_check: 'Write what is to be done.',
  list_title_check: 'Give the list a title.',
};

/** PostgreSQL's words for a text that is no date, and for one such as 31 February. */
const noDate = /(?:type date|value out of range): "(.*)"/s;

/** @param {{ argsList?: unknown[], details?: { message?: string }, message?: string, errorUri?: string }} error */
export function wordsFor({ argsList, details, message, errorUri = '' }) {
  const text = String(argsList?.[0] ?? details?.message ?? message);
  const [, date] = noDate.exec(text) ?? [];
  if (date !== undefined) return `“${date}” is no date. Write for example tomorrow, or 24 Dec 2026.`;
  const constraint = Object.keys(constraints).find((name) => text.includes(`"${name}"`));
  return words[errorUri] ?? constraints[constraint] ?? text;
}
