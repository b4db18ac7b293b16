import { create } from './elements.js';
import { parse, visible } from './json.js';
import { linesField } from './lines-field.js';

/**
 * A parameter of a function, as the node reads it from the catalog.
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} type
 * @property {string} base  the type, or the base type of a domain
 * @property {string} category  of the type, as `pg_type.typcategory` has it
 * @property {string | null} standard  the default, as SQL
 * @property {boolean} isNullable  false for a domain that is NOT NULL
 * @property {boolean} isVariadic
 * @property {string[] | null} choices  the values of an enum
 * @property {{ name: string, type: string }[] | null} attributes  of a composite
 *
 * @typedef {object} Field
 * @property {Parameter} parameter
 * @property {HTMLTextAreaElement | HTMLSelectElement} control
 * @property {HTMLInputElement | undefined} isNull the box that makes it NULL
 * @property {HTMLInputElement | undefined} isOmitted the box that leaves it out; a list of choices has an entry for that
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
    this.#fields = parameters.map(fieldOf);
    this.#place.replaceChildren(create('legend', {}, 'Arguments'), ...this.#fields.flatMap(rowOf));
  }

  /** Puts the cursor into the first field. @returns {boolean} whether there is one */
  focus() {
    this.#fields[0]?.control.focus();
    return this.#fields.length > 0;
  }

  /**
   * The keyword arguments, without those that are left out.
   *
   * @returns {Record<string, unknown>}
   * @throws {RangeError} with a sentence for the user; the field that it is about has the focus then
   */
  get values() {
    const given = this.#fields.map((one) => /** @type {const} */ ([one.parameter.name, this.#valueOf(one)]));
    return Object.fromEntries(given.filter(([, value]) => value !== undefined));
  }

  /** @param {Field} field @returns {unknown} `undefined` if it is left out */
  #valueOf({ parameter, control, isNull, isOmitted }) {
    control.removeAttribute('aria-invalid');
    if (isNull?.checked) return null;
    if (isOmitted?.checked) return undefined;
    try {
      if (control instanceof HTMLSelectElement) return choiceOf(parameter, control.selectedIndex - 1);
      return valueOf(parameter, control.value);
    } catch (error) {
      control.setAttribute('aria-invalid', 'true');
      control.focus();
      throw error;
    }
  }
}

/**
 * The value of a text in a field.
 *
 * @param {Pick<Parameter, 'name' | 'base' | 'category' | 'standard' | 'isNullable' | 'isVariadic'>} parameter
 * @param {string} text
 * @returns {unknown}
 * @throws {RangeError} with a sentence for the user
 */
export function valueOf(parameter, text) {
  const { name, base, category } = parameter;
  // Of all types, only texts have a value that is empty or blank.
  if (category === 'S') return text;
  if (text.trim() === '') throw missing(parameter, 'write a value');
  const isJson = /^jsonb?$/.test(base);
  // Numbers keep their digits. Any other text that is not JSON, such as a date, is a string that PostgreSQL parses.
  if (!'BNAC'.includes(category) && !isJson) return text;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (isJson) throw new RangeError(`${name} is no JSON: ${error.message}`);
    return text;
  }
}

/**
 * @param {Parameter} parameter
 * @param {number} index  of the choice; -1 for the entry before the choices
 * @returns {unknown} `undefined` if it is left out
 */
function choiceOf(parameter, index) {
  const choice = choicesOf(parameter)?.[index];
  if (choice === undefined && parameter.standard === null) throw missing(parameter, 'choose a value');
  return parameter.choices || choice === undefined ? choice : choice === 'true';
}

/**
 * @param {Pick<Parameter, 'name' | 'standard' | 'isNullable' | 'isVariadic'>} parameter
 * @param {string} remedy
 */
function missing(parameter, remedy) {
  const boxes = [parameter.isNullable ? 'NULL' : '', omission(parameter) ?? ''].filter(Boolean);
  const others = boxes.map((box) => ` or check ${box}`).join('');
  return new RangeError(`${parameter.name} is missing: ${remedy}${others}.`);
}

/** The word of the box that leaves an argument out. @param {Pick<Parameter, 'standard' | 'isVariadic'>} parameter */
function omission({ standard, isVariadic }) {
  if (standard !== null) return 'default';
  return isVariadic ? 'none' : undefined;
}

/** @param {Parameter} parameter @returns {string[] | undefined} */
function choicesOf({ choices, category }) {
  return choices ?? (category === 'B' ? ['true', 'false'] : undefined);
}

/**
 * @param {Parameter} parameter
 * @param {number} index
 * @returns {Field}
 */
function fieldOf(parameter, index) {
  const { name, type, standard, isNullable } = parameter;
  const attributes = { id: `call-parameter-${index}`, name };
  const choices = choicesOf(parameter);
  const written = {
    ...attributes,
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: visible(exampleOf(parameter) ?? type),
  };
  const control = choices
    ? create('select', attributes, ...optionsOf(choices, standard))
    : linesField(create('textarea', { ...written, class: 'lines', rows: '1' }));
  const box = (/** @type {string} */ word) =>
    create('input', {
      class: 'checkbox',
      type: 'checkbox',
      'aria-describedby': `call-label-${index}`,
      'data-word': word,
    });
  const isNull = isNullable ? box('NULL') : undefined;
  const word = choices ? undefined : omission(parameter);
  const isOmitted = word === undefined ? undefined : box(word);
  const omit = (/** @type {boolean} */ omitted) => {
    if (!isOmitted) return;
    isOmitted.checked = omitted;
    control.setAttribute('placeholder', visible(omitted ? (standard ?? '') : (exampleOf(parameter) ?? type)));
    if (omitted) control.value = '';
  };
  omit(true);
  control.addEventListener('input', () => omit(false));
  isOmitted?.addEventListener('change', () => {
    omit(isOmitted.checked);
    if (isNull) isNull.checked = false;
    control.disabled = false;
  });
  isNull?.addEventListener('change', () => {
    control.disabled = isNull.checked;
    omit(false);
  });
  return { parameter, control, isNull, isOmitted };
}

/**
 * @param {string[]} values
 * @param {string | null} standard
 */
function optionsOf(values, standard) {
  const first = create('option', {}, standard === null ? 'Choose…' : `default: ${standard}`);
  return [first, ...values.map((value) => create('option', { value }, value === '' ? '(empty)' : value))];
}

/** The syntax of a composite value. @param {Parameter} parameter */
function exampleOf({ category, attributes }) {
  if (attributes) return `{${attributes.map(({ name, type }) => `${JSON.stringify(name)}: ${type}`).join(', ')}}`;
  return category === 'A' ? '[…, …]' : undefined;
}

/** @param {Field} field @param {number} index */
function rowOf({ parameter: { name, type, standard, isVariadic }, control, isNull, isOmitted }, index) {
  const hints = [isVariadic ? `VARIADIC ${type}` : type, ...(standard === null ? [] : [`default ${standard}`])];
  const about = create('span', { class: 'muted' }, hints.join(', '));
  const boxes = [isOmitted, isNull].flatMap((box) =>
    box ? [create('label', { class: 'box' }, box, box.dataset.word ?? '')] : [],
  );
  return [
    create('label', { for: control.id, id: `call-label-${index}` }, name, ' ', about),
    create('div', { class: 'field' }, control, ...boxes),
  ];
}
