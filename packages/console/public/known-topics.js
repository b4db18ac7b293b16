import { byId, create, framed } from './elements.js';
import { WampError } from './wamp.js';

/** Limit of suggested topics. */
const LIMIT = 200;

/** The known sources for subscriptions: topics that the page has seen or that have subscribers, channels and tables. */
export class KnownTopics {
  /** @type {Set<string>} */ #topics = new Set();
  #draw = framed(() => this.#drawNow(), 500);

  /** @param {string} topic */
  add(topic) {
    if (this.#topics.has(topic) || this.#topics.size >= LIMIT) return;
    this.#topics.add(topic);
    this.#draw();
  }

  /**
   * Asks the router for the topics that have subscribers.
   *
   * @param {import('./wamp.js').WampSession} session
   */
  async ask(session) {
    const topics = await topicsOf(session).catch((error) => {
      // A role that may not ask gets no suggestions; any other error is a bug.
      if (error instanceof WampError) return [];
      throw error;
    });
    for (const topic of topics) this.add(topic);
  }

  /**
   * Asks the node for channels of NOTIFY and tables that can be watched.
   *
   * @param {Pick<import('./node-client.js').NodeClient, 'rows'>} node
   */
  async askNode(node) {
    for (const [section, prefix] of /** @type {const} */ ([
      ['channels', 'channel:'],
      ['tables', 'table:'],
    ])) {
      // A database that does not answer gives no suggestions; the Overview shows it.
      const rows = await node.rows(section).catch(() => []);
      for (const { name } of rows) this.add(prefix + name);
    }
  }

  #drawNow() {
    byId('known-topics').replaceChildren(
      ...[...this.#topics].sort().map((topic) => create('option', { value: topic })),
    );
  }
}

/**
 * @param {import('./wamp.js').WampSession} session
 * @returns {Promise<string[]>}
 */
async function topicsOf(session) {
  const { args } = await session.call('wamp.subscription.list');
  const { exact = [] } = /** @type {Record<string, number[]>} */ (args[0] ?? {});
  const ids = exact.slice(0, LIMIT);
  const found = await Promise.allSettled(ids.map((id) => session.call('wamp.subscription.get', [id])));
  // The others have ended in the meantime.
  return found.flatMap((one) =>
    one.status === 'fulfilled' ? [/** @type {{ uri: string }} */ (one.value.args[0]).uri] : [],
  );
}
