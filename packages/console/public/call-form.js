import { byId, create } from './elements.js';
import { duration } from './format.js';
import { parse, pretty, visible } from './json.js';
import { payloadOf } from './payload-fields.js';
import { signatureOf } from './procedures-view.js';

/** Results that are shown; a stream may have any number. */
const SHOWN = 100;

/** The form that calls a procedure, with its results as they come. */
export class CallForm {
  #connection;
  #procedure = input('call-procedure');
  #args = input('call-args');
  #kwargs = input('call-kwargs');
  /** @type {AbortController | undefined} */ #call;

  /** @param {Pick<import('./connection.js').Connection, 'session'>} connection */
  constructor(connection) {
    this.#connection = connection;
    byId('call-form').addEventListener('submit', (event) => void this.#submit(event));
    byId('call-cancel').addEventListener('click', () => this.#call?.abort());
    this.#procedure.addEventListener('input', () => this.#describe({}));
  }

  /**
   * Takes up a procedure of the list.
   *
   * @param {import('./procedures-view.js').Procedure} procedure
   */
  choose(procedure) {
    this.#procedure.value = procedure.uri;
    this.#describe(procedure);
    (byId('call-parameters').querySelector('input') ?? this.#args).focus();
  }

  /**
   * Of a function one field for each parameter is shown, else fields for JSON.
   *
   * @param {import('./procedures-view.js').Procedure} procedure
   */
  #describe(procedure) {
    const fields = byId('call-parameters');
    const parameters = parametersOf(procedure.arguments);
    byId('call-signature').textContent = [signatureOf(procedure), procedure.comment].filter(Boolean).join(': ');
    fields.hidden = parameters.length === 0;
    byId('call-json').hidden = !fields.hidden;
    fields.replaceChildren(create('legend', {}, 'Arguments'), ...parameters.flatMap(parameterField));
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    byId('call-error').textContent = '';
    byId('call-results').replaceChildren();
    const call = new AbortController();
    this.#call = call;
    const begun = performance.now();
    byId('call-cancel').hidden = false;
    try {
      const { args, kwargs } = this.#payload();
      const procedure = this.#procedure.value.trim();
      if (procedure === '') throw new RangeError('The procedure is missing.');
      const options = { onProgress: (/** @type {any} */ part) => this.#show(part, ''), signal: call.signal };
      const result = await this.#connection.session.call(procedure, args, kwargs, options);
      this.#show(result, `Answered after ${duration(performance.now() - begun)}.`);
    } catch (error) {
      byId('call-error').textContent = error instanceof Error ? error.message : String(error);
    } finally {
      byId('call-cancel').hidden = true;
    }
  }

  #payload() {
    const fields = [...byId('call-parameters').querySelectorAll('input')];
    if (fields.length === 0) return payloadOf(this.#args.value, this.#kwargs.value);
    const given = fields.filter(({ value }) => value.trim() !== '');
    return { args: [], kwargs: Object.fromEntries(given.map(({ name, value }) => [name, argumentOf(value)])) };
  }

  /**
   * @param {import('./wamp.js').Payload} payload
   * @param {string} note
   */
  #show({ args, kwargs }, note) {
    const results = byId('call-results');
    const parts = [
      ...(args.length > 0 || note ? [args.length === 1 ? args[0] : args] : []),
      ...(Object.keys(kwargs).length > 0 ? [kwargs] : []),
    ];
    const text = parts.map((part) => visible(pretty(part)).slice(0, 4000)).join('\n');
    const item = create('li', { 'data-testid': 'call-result' }, create('code', { class: 'json' }, text));
    if (note) item.append(create('p', { class: 'muted small' }, note));
    if (results.childElementCount >= SHOWN) results.firstElementChild?.remove();
    results.append(item);
  }
}

/**
 * The named parameters of a function, as PostgreSQL prints them: `a integer, b integer DEFAULT 1`.
 *
 * @param {string | null | undefined} text
 * @returns {{ name: string, type: string, standard: string | undefined }[]}
 */
export function parametersOf(text) {
  if (!text) return [];
  const parameters = splitParameters(text).map((parameter) => {
    const [declared = '', standard] = parameter.split(/ DEFAULT /);
    const found = /^(?:IN |INOUT |VARIADIC )?("(?:[^"]|"")+"|[^\s"]+) (.+)$/.exec(declared.trim());
    return { name: (found?.[1] ?? '').replace(/^"|"$/g, '').replaceAll('""', '"'), type: found?.[2] ?? '', standard };
  });
  // Without names there is nothing to write a field for.
  return parameters.every(({ name, type }) => name !== '' && type !== '') ? parameters : [];
}

/** Commas within parentheses and strings do not separate. @param {string} text */
function splitParameters(text) {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === "'") quoted = !quoted;
    if (!quoted && character === '(') depth += 1;
    if (!quoted && character === ')') depth -= 1;
    if (character === ',' && depth === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => !/^\s*OUT /.test(part));
}

/** @param {{ name: string, type: string, standard: string | undefined }} parameter */
function parameterField({ name, type, standard }) {
  const id = `call-parameter-${name}`;
  const hint = standard === undefined ? type : `${type}, ${standard} if left out`;
  return [
    create('label', { for: id }, name, ' ', create('span', { class: 'muted' }, hint)),
    create('input', {
      id,
      name,
      type: 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: standard ?? type,
    }),
  ];
}

/**
 * JSON as JSON; everything else is a text, a date or a range, which PostgreSQL reads.
 *
 * @param {string} text
 */
function argumentOf(text) {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** @param {string} id */
function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}
