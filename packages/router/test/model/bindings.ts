import { ANYTHING, Drawn, WORDS } from './drawn.ts';

type Values = Map<Drawn, number>;

function isSentence(actual: unknown): boolean {
  return Array.isArray(actual) && actual.length === 1 && typeof actual[0] === 'string' && actual[0] !== '';
}

function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The actual ids for the ids of the model, in one run of the router. */
export class Bindings {
  #values: Values = new Map();

  /** The message as it goes over the wire. */
  resolve(content: unknown): unknown {
    if (content instanceof Drawn) return this.#values.get(content);
    if (Array.isArray(content)) return content.map((item) => this.resolve(item));
    if (!isDict(content)) return content;
    return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, this.resolve(value)]));
  }

  /** Whether a message is the one that the model expects; if it is, its ids are known from now on. */
  accept(expected: unknown, actual: unknown): boolean {
    const trial = new Map(this.#values);
    if (!this.#equals(expected, actual, trial)) return false;
    this.#values = trial;
    return true;
  }

  #equals(expected: unknown, actual: unknown, values: Values): boolean {
    if (expected === ANYTHING) return true;
    if (expected === WORDS) return isSentence(actual);
    if (expected instanceof Drawn) return this.#agrees(expected, actual, values);
    if (Array.isArray(expected)) {
      const isSameLength = Array.isArray(actual) && actual.length === expected.length;
      return isSameLength && expected.every((item, index) => this.#equals(item, actual[index], values));
    }
    if (!isDict(expected)) return Object.is(expected, actual);
    return isDict(actual) && this.#hasSameEntries(expected, actual, values);
  }

  #hasSameEntries(expected: object, actual: Readonly<Record<string, unknown>>, values: Values): boolean {
    const entries = Object.entries(expected).filter(([, value]) => value !== undefined);
    if (entries.length !== Object.keys(actual).length) return false;
    return entries.every(([key, value]) => Object.hasOwn(actual, key) && this.#equals(value, actual[key], values));
  }

  #agrees(drawn: Drawn, actual: unknown, values: Values): boolean {
    const known = values.get(drawn);
    if (known !== undefined) return known === actual;
    if (!Number.isInteger(actual) || (actual as number) < 1 || (actual as number) > 2 ** 53) return false;
    for (const [other, value] of values) if (other.kind === drawn.kind && value === actual) return false;
    values.set(drawn, actual as number);
    return true;
  }
}
