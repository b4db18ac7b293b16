import { createHash } from 'node:crypto';
import type { Refused } from '../errors.ts';
import type { Message } from './message.ts';

/** Number of poison messages to remember. Any others are detected again. */
const limit = 1000;

/**
 * Detects messages that make a receiver end the connection, and remembers them. It outlives the pumps of a component.
 *
 * All messages in flight at such a loss are suspects. A suspect is sent alone when it comes again, so that the poison
 * message is identified and does not block the others forever. A poison message is refused whenever it comes again,
 * which happens while other messages of its transaction are undelivered. Sending it again would end the next connection
 * too.
 */
export class Quarantine {
  /** Whether there are neither suspects nor poison messages. A field, because the pump reads it for every message. */
  isEmpty = true;
  readonly #suspects = new Set<string>();
  readonly #poison = new Map<string, Refused>();

  /** Number of messages to send alone. */
  get suspects(): number {
    return this.#suspects.size;
  }

  suspect({ id }: Message): void {
    this.#suspects.add(id);
    this.isEmpty = false;
  }

  isSuspect({ id }: Message): boolean {
    return this.#suspects.has(id);
  }

  /** A message is settled. It is no longer a suspect. */
  acquit({ id }: Message): void {
    this.#suspects.delete(id);
    this.isEmpty = this.#suspects.size + this.#poison.size === 0;
  }

  /** A message was sent alone, and the receiver ended the connection because of it. */
  convict(message: Message, why: Refused): void {
    const [oldest] = this.#poison.keys();
    if (oldest !== undefined && this.#poison.size >= limit) this.#poison.delete(oldest);
    this.#poison.set(keyOf(message), why);
    this.isEmpty = false;
  }

  /** The reason not to send a message again, if it is poison. */
  verdict(message: Message): Refused | undefined {
    return this.#poison.size > 0 ? this.#poison.get(keyOf(message)) : undefined;
  }
}

/** The key is not the id alone, because a forged message could have the id of another one. */
function keyOf({ id, channel, payload }: Message): string {
  return createHash('sha256').update(`${id}\n${channel}\n`).update(payload).digest('base64');
}
