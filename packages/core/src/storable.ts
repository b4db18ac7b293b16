/**
 * Converts JSON text to a form that `jsonb` accepts: U+0000 and unpaired surrogates become U+FFFD, and a number with
 * more digits than `numeric` allows becomes a string.
 *
 * @param json text written by `JSON.stringify`.
 * @see https://www.postgresql.org/docs/current/datatype-json.html
 */
export function storableJson(json: string): string {
  const text = json.replace(/\\(?:(u0000|ud[89a-f][0-9a-f]{2})|.)/g, (sequence, refused) =>
    refused === undefined ? sequence : '\\ufffd',
  );
  return /[eE][+-]?\d{4}|\d{999}/.test(text) ? withStorableNumbers(text) : text;
}

/** Converts text to a form that PostgreSQL accepts. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').toWellFormed();
}

/** Converts text to a form that a database with any encoding accepts. */
export function asciiText(text: string): string {
  return text.replace(/[^\n\x20-\x7e]/g, '?');
}

/** Maximum number of digits of `numeric` before and after the decimal point. */
const maxDigits = { before: 131_072, after: 16_383 };

function withStorableNumbers(json: string): string {
  const token = /"|-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/g;
  let stored = '';
  let copied = 0;
  for (let found = token.exec(json); found; found = token.exec(json)) {
    const [text, whole = '', fraction = '', exponent = '0'] = found;
    if (text === '"') token.lastIndex = endOfString(json, found.index);
    else if (
      whole.length + Number(exponent) > maxDigits.before ||
      fraction.length - Number(exponent) > maxDigits.after
    ) {
      stored += `${json.slice(copied, found.index)}"${text}"`;
      copied = token.lastIndex;
    }
  }
  return stored + json.slice(copied);
}

/** The offset after the string that starts at an offset. */
function endOfString(json: string, start: number): number {
  for (let place = start + 1; ; place += 1) {
    if (json[place] === '\\') place += 1;
    else if (json[place] === '"' || place >= json.length) return place + 1;
  }
}
