import { Connection } from './connection.js';
import { showNotice, showState } from './connection-view.js';
import { byId, framed } from './elements.js';
import { EventRecord } from './event-record.js';
import { EventsView } from './events-view.js';
import { Clock } from './latency.js';
import { Overview } from './overview.js';
import { Statistics } from './statistics.js';
import { TopicsView } from './topics-view.js';

/** @typedef {{ realm: string, path: string, topics: string[] }} Config */

/**
 * What the server says about itself.
 *
 * @returns {Promise<Config>}
 */
async function readConfig() {
  const response = await fetch('config.json', { cache: 'no-cache' });
  if (!response.ok) throw new Error(`config.json: HTTP status ${response.status}`);
  return response.json();
}

/** @param {Config} config */
function socketUrl({ path }) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** The parts of the page, and the way of an event through them: connection → record → numbers and list. */
class Page {
  #clock = new Clock();
  #statistics = new Statistics(this.#clock.now());
  #overview = new Overview(this.#statistics);
  #drawCounts = framed(() => this.#drawCountsNow());
  #connection;
  #topics;
  #events;

  /** @param {Config} config */
  constructor(config) {
    this.#connection = new Connection(
      { url: socketUrl(config), realm: config.realm },
      {
        onState: showState,
        onTopic: (topic, state, error) => this.#topics.list.set(topic, state, error),
        onEvent: (topic, event) => this.#receive(topic, event),
      },
    );
    this.#topics = new TopicsView(this.#connection, () => this.#events.refresh());
    this.#events = new EventsView(() => this.#topics.list.first);
    byId('realm').textContent = config.realm;
    for (const topic of config.topics) this.#topics.add(topic);
  }

  start() {
    this.#connection.start();
    addEventListener('pagehide', () => void this.#connection.stop());
    // A page out of the browser's back/forward cache wakes up without the session that it left.
    addEventListener('pageshow', (event) => event.persisted && this.#connection.start());
    setInterval(() => this.#overview.drawSecond(this.#clock.now()), 100);
    this.#overview.drawSecond(this.#clock.now());
  }

  /**
   * @param {string} topic
   * @param {import('./wamp.js').WampEvent} event
   */
  #receive(topic, event) {
    const record = new EventRecord(topic, event, this.#clock.now());
    this.#statistics.add(record.receivedAt, record.latency);
    this.#topics.list.counted(topic);
    this.#events.add(record);
    this.#drawCounts();
  }

  #drawCountsNow() {
    this.#overview.drawTotal();
    this.#topics.list.draw();
  }
}

try {
  new Page(await readConfig()).start();
} catch (error) {
  showState('failed');
  showNotice(`The console could not start: ${error instanceof Error ? error.message : error}`);
  throw error;
}
