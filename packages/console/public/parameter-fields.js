import { create } from './elements.js';
import { parse } from './json.js';

/**
 * A parameter of a function, as the node reads it from the catalog.
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} type
 * @property {string} category  of the type, as `pg_type.typcategory` has it
 * @property {string | null} standard  the default, as SQL
 * @property {boolean} isNullable  false for a domain that is NOT NULL
 * @property {boolean} isVariadic
 * @property {string[] | null} choices  the values of an enum
 * @property {{ name: string, type: string }[] | null} attributes  of a composite
 *
 * @typedef {{ parameter: Parameter, control: HTMLInputElement | HTMLSelectElement, isNull: HTMLInputElement | undefined }} Field
 */

/** A field for each parameter of a function, so that values of PostgreSQL's types need no quotes. */
export class ParameterFields {
  #place;
  /** @type {Field[]} */ #fields = [];

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
  }

  /**
   * Shows other parameters.
   *
   * @param {readonly Parameter[]} parameters
   */
  draw(parameters) {
    this.#fields = parameters.map(field);
    this.#place.replaceChildren(
      create('legend', {}, 'Arguments'),
      ...this.#fields.flatMap(({ parameter, control, isNull }) => rowOf(parameter, control, isNull)),
    );
  }

  /** Puts the cursor into the first field. @returns {boolean} whether there is one */
  focus() {
    this.#fields[0]?.control.focus();
    return this.#fields.length > 0;
  }

  /**
   * The keyword arguments; an empty field uses the default.
   *
   * @returns {Record<string, unknown>}
   * @throws {RangeError} with a sentence for the user; the field that it is about has the focus then
   */
  get values() {
    const given = this.#fields.map((one) => /** @type {const} */ ([one.parameter.name, this.#valueOf(one)]));
    return Object.fromEntries(given.filter(([, value]) => value !== undefined));
  }

  /** @param {Field} field */
  #valueOf({ parameter, control, isNull }) {
    if (isNull?.checked) return null;
    try {
      const value = valueOf(parameter, control.value);
      control.removeAttribute('aria-invalid');
      return value;
    } catch (error) {
      control.setAttribute('aria-invalid', 'true');
      control.focus();
      throw error;
    }
  }
}

/**
 * The value of a text in a field; `undefined` if it is omitted.
 *
 * @param {Pick<Parameter, 'name' | 'type' | 'category' | 'standard' | 'isNullable' | 'isVariadic' | 'choices'>}
 *   parameter
 * @param {string} text
 * @returns {unknown}
 * @throws {RangeError} with a sentence for the user
 */
export function valueOf({ name, type, category, standard, isNullable, isVariadic, choices }, text) {
  const isText = category === 'S' || choices !== null;
  if (text.trim() === '' && (standard !== null || isVariadic)) return undefined;
  if (isText && (text !== '' || !choices)) return text;
  if (text.trim() === '') {
    throw new RangeError(`${name} has no default: write a value${isNullable ? ' or check NULL' : ''}.`);
  }
  // Numbers keep their digits. Any other text that is not JSON, such as a date, is a string that PostgreSQL parses.
  if (!'BNAC'.includes(category) && !/^jsonb?$/.test(type)) return text;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (/^jsonb?$/.test(type)) throw new RangeError(`${name} is no JSON: ${error.message}`);
    return text;
  }
}

/**
 * @param {Parameter} parameter
 * @returns {Field}
 */
function field(parameter) {
  const { name, type, category, standard, isNullable, choices } = parameter;
  const attributes = { id: `call-parameter-${name}`, name };
  const values = choices ?? (category === 'B' && standard !== 'NULL' ? ['true', 'false'] : undefined);
  const control = values
    ? create('select', attributes, ...optionsOf(values, standard))
    : create('input', {
        ...attributes,
        type: 'text',
        autocomplete: 'off',
        spellcheck: 'false',
        placeholder: standard ?? exampleOf(parameter) ?? type,
      });
  if (!isNullable) return { parameter, control, isNull: undefined };
  const isNull = create('input', { class: 'checkbox', type: 'checkbox', 'aria-describedby': `call-label-${name}` });
  isNull.addEventListener('change', () => (control.disabled = isNull.checked));
  return { parameter, control, isNull };
}

/**
 * @param {string[]} values
 * @param {string | null} standard
 */
function optionsOf(values, standard) {
  const first = create('option', { value: '' }, standard === null ? 'Choose…' : `default: ${standard}`);
  return [first, ...values.map((value) => create('option', { value }, value))];
}

/** The syntax of a composite value. @param {Parameter} parameter */
function exampleOf({ category, attributes }) {
  if (attributes) return `{${attributes.map(({ name, type }) => `${JSON.stringify(name)}: ${type}`).join(', ')}}`;
  return category === 'A' ? '[…, …]' : undefined;
}

/**
 * @param {Parameter} parameter
 * @param {HTMLElement} control
 * @param {HTMLElement | undefined} isNull
 */
function rowOf({ name, type, standard, isVariadic }, control, isNull) {
  const hints = [isVariadic ? `VARIADIC ${type}` : type, ...(standard === null ? [] : [`${standard} if left out`])];
  const about = create('span', { class: 'muted' }, hints.join(', '));
  return [
    create('label', { for: control.id, id: `call-label-${name}` }, name, ' ', about),
    create('div', { class: 'field' }, control, ...(isNull ? [create('label', { class: 'null' }, isNull, 'NULL')] : [])),
  ];
}
