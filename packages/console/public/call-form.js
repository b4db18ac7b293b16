import { byId, create, reasonOf, say, whileBusy } from './elements.js';
import { foldedText, SHOWN as SHOWN_CHARACTERS } from './folded-text.js';
import { duration } from './format.js';
import { pretty, visible } from './json.js';
import { linesField } from './lines-field.js';
import { ParameterFields } from './parameter-fields.js';
import { payloadOf } from './payload-fields.js';
import { signatureOf } from './procedures-view.js';
import { confirmed } from './question.js';

/** Limit of shown results; a stream may have any number. */
const SHOWN = 100;

/** The form that calls a procedure and shows its results as they arrive. */
export class CallForm {
  #connection;
  #button = byId('call-button');
  #procedure = /** @type {HTMLInputElement} */ (byId('call-procedure'));
  #args = linesField(byId('call-args'));
  #kwargs = linesField(byId('call-kwargs'));
  #parameters = new ParameterFields(byId('call-parameters'));
  /** Cancels the running call. @type {AbortController | undefined} */ #call;
  #find;

  /**
   * @param {Pick<import('./connection.js').Connection, 'session'>} connection
   * @param {(uri: string) => import('./procedures-view.js').Procedure | undefined} find returns the known procedure of a URI
   */
  constructor(connection, find) {
    this.#connection = connection;
    this.#find = find;
    byId('call-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void whileBusy(this.#button, () => this.#submit());
    });
    byId('call-cancel').addEventListener('click', () => this.#call?.abort());
    this.#procedure.addEventListener('input', () => this.#describe(this.#find(this.#procedure.value.trim()) ?? {}));
  }

  /**
   * Selects a procedure of the list.
   *
   * @param {import('./procedures-view.js').Procedure} procedure
   */
  choose(procedure) {
    this.#procedure.value = procedure.uri;
    this.#describe(procedure);
    if (!this.#parameters.focus()) this.#args.focus();
  }

  /**
   * For a function, it shows one field per parameter; otherwise, fields for JSON.
   *
   * @param {import('./procedures-view.js').Procedure} procedure
   */
  #describe(procedure) {
    /** @type {import('./parameter-fields.js').Parameter[]} */
    const parameters = procedure.parameters ?? [];
    say(byId('call-signature'), [signatureOf(procedure), procedure.comment].filter(Boolean).join(': '));
    const areFields = parameters.length > 0 && parameters.every(({ name }) => name !== '') && !takesCall(parameters);
    byId('call-parameters').hidden = !areFields;
    byId('call-json').hidden = areFields;
    this.#parameters.draw(areFields ? parameters : []);
  }

  async #submit() {
    byId('call-error').textContent = '';
    try {
      const { args, kwargs } = this.#payload();
      const procedure = this.#procedure.value.trim();
      if (procedure === '') throw new RangeError('The procedure is missing.');
      if (await confirmed(`Call ${procedure}?`, 'Call')) await this.#run(procedure, args, kwargs);
    } catch (error) {
      say(byId('call-error'), reasonOf(error));
    }
  }

  /**
   * @param {string} procedure
   * @param {unknown[]} args
   * @param {Record<string, unknown>} kwargs
   */
  async #run(procedure, args, kwargs) {
    const cancel = byId('call-cancel');
    const call = new AbortController();
    this.#call = call;
    const begun = performance.now();
    const taken = () => duration(performance.now() - begun);
    byId('call-results').replaceChildren();
    cancel.hidden = false;
    try {
      const options = { onProgress: (/** @type {any} */ part) => this.#show(part, ''), signal: call.signal };
      const result = await this.#connection.session.call(procedure, args, kwargs, options);
      this.#show(result, `Answered after ${taken()}.`);
    } catch (error) {
      if (!call.signal.aborted) throw error;
      byId('call-error').textContent = `Canceled after ${taken()}.`;
    } finally {
      if (document.activeElement === cancel) this.#button.focus();
      cancel.hidden = true;
    }
  }

  #payload() {
    if (byId('call-parameters').hidden) return payloadOf(this.#args.value, this.#kwargs.value);
    return { args: [], kwargs: this.#parameters.values };
  }

  /**
   * @param {import('./wamp.js').Payload} payload
   * @param {string} note
   */
  #show({ args, kwargs }, note) {
    const results = byId('call-results');
    const isEnd = note !== '' && results.childElementCount > 0 && args.length === 0;
    const parts = [
      ...((args.length > 0 || note) && !isEnd ? [args.length === 1 ? args[0] : args] : []),
      ...(Object.keys(kwargs).length > 0 ? [kwargs] : []),
    ];
    const text = parts.map((part) => visible(pretty(part))).join('\n');
    const shown = foldedText(text.slice(0, SHOWN_CHARACTERS), text.length, () => text);
    const item = create('li', { 'data-testid': 'call-result' }, ...shown);
    if (note) item.append(create('p', { class: 'muted small' }, note));
    if (results.childElementCount >= SHOWN) results.firstElementChild?.remove();
    results.append(item);
  }
}

/** Whether a function takes a call unchanged, which is written as JSON. @param {import('./parameter-fields.js').Parameter[]} parameters */
function takesCall(parameters) {
  return parameters.map(({ name, type }) => `${name} ${type}`).join() === 'args jsonb,kwargs jsonb,details jsonb';
}
