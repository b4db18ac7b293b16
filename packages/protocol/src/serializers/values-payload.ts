import type { Payload } from './serializer.ts';

/** A payload made of values: what the router has to say itself. */
export class ValuesPayload implements Payload {
  readonly #values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  rawFor(): undefined {
    return undefined;
  }

  values(): readonly unknown[] {
    return this.#values;
  }
}

/** Neither Arguments nor ArgumentsKw. */
export const NO_PAYLOAD: Payload = new ValuesPayload([]);
