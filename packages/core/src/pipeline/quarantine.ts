import { createHash } from 'node:crypto';
import type { Refused } from '../errors.ts';
import type { Message } from './message.ts';

/** So many poison messages are remembered; more are found out once again. */
const limit = 1000;

/**
 * Finds the messages over which a receiver ends the connection, and remembers them. It outlives the pumps of a component.
 *
 * Suspects were on their way when that happened. Each goes alone when it comes again, so that the one to blame shows itself and does not
 * stand in the way for ever. Once found, it is poison: it is refused whenever it comes again, as it does if others of its
 * transaction are still to be delivered; sent again, it would end the next connection too.
 */
export class Quarantine {
  readonly #suspects = new Set<string>();
  readonly #poison = new Map<string, Refused>();

  /** Messages that are to go alone. */
  get suspects(): number {
    return this.#suspects.size;
  }

  suspect({ id }: Message): void {
    this.#suspects.add(id);
  }

  isSuspect({ id }: Message): boolean {
    return this.#suspects.size > 0 && this.#suspects.has(id);
  }

  /** A message is settled, whether it was a suspect or not. */
  acquit({ id }: Message): void {
    this.#suspects.delete(id);
  }

  /** A message went alone, and the receiver ended the connection over it. */
  convict(message: Message, why: Refused): void {
    const [oldest] = this.#poison.keys();
    if (oldest !== undefined && this.#poison.size >= limit) this.#poison.delete(oldest);
    this.#poison.set(keyOf(message), why);
  }

  /** Why a message is not sent again, if it is poison. */
  verdict(message: Message): Refused | undefined {
    return this.#poison.size > 0 ? this.#poison.get(keyOf(message)) : undefined;
  }
}

/** Not the id alone, which somebody who forges a message could take of another one. */
function keyOf({ id, channel, payload }: Message): string {
  return createHash('sha256').update(`${id}\n${channel}\n`).update(payload).digest('base64');
}
