import { CallForm } from './call-form.js';
import { CommitTimes } from './commit-times.js';
import { Connection } from './connection.js';
import { showNotice, showState } from './connection-view.js';
import { DatabaseViews } from './database-views.js';
import { DoctorView } from './doctor-view.js';
import { byId, framed, reasonOf, say } from './elements.js';
import { EventRecord } from './event-record.js';
import { EventsView } from './events-view.js';
import { KnownTopics } from './known-topics.js';
import { Clock } from './latency.js';
import { Navigation } from './navigation.js';
import { NodeClient } from './node-client.js';
import { NodeView } from './node-view.js';
import { Overview } from './overview.js';
import { ProceduresView } from './procedures-view.js';
import { PublishForm } from './publish-form.js';
import { SessionsView } from './sessions-view.js';
import { signIn, watchSignIn } from './sign-in.js';
import { Statistics } from './statistics.js';
import { Tail } from './tail.js';
import { TopicsView } from './topics-view.js';
import { TourView } from './tour-view.js';
import { TraceView } from './trace-view.js';

/** @typedef {{ realm: string, path: string, topics: string[], node: boolean, router: boolean, tour: boolean }} Config */

/** Interval in milliseconds between two refreshes of a view that requests its rows. */
const REFRESH = 5000;

/**
 * The configuration from the server.
 *
 * @returns {Promise<Config>}
 */
async function readConfig() {
  const response = await fetch('config.json');
  if (!response.ok) throw new Error(`config.json: HTTP status ${response.status}`);
  return response.json();
}

/** @param {string} path */
function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** The parts of the page. An event passes through: connection → record → figures and list. */
class Page {
  #clock = new Clock();
  #statistics = new Statistics(this.#clock.now());
  #overview = new Overview(this.#statistics);
  #drawCounts = framed(() => this.#drawCountsNow());
  #known = new KnownTopics();
  /** @type {TourView | undefined} */ #tour;
  #config;
  #navigation;
  #connection;
  /** @type {Tail | undefined} */ #tail;
  /** @type {CommitTimes | undefined} */ #commits;
  #topics;
  #events;

  /**
   * @param {Config} config
   * @param {Navigation} navigation
   * @param {NodeClient | undefined} node
   */
  constructor(config, navigation, node) {
    this.#config = config;
    this.#navigation = navigation;
    this.#connection = new Connection(
      { url: socketUrl(config.path), realm: config.realm },
      {
        onState: (state, error, delay) => {
          showState(state, error, delay);
          if (state !== 'connected') return;
          void this.#known.ask(this.#connection.session);
          // These views were drawn without the router.
          if (['procedures', 'sessions'].includes(navigation.view)) navigation.draw();
        },
        onTopic: (topic, state, error) => this.#topics.list.set(topic, state, error),
        onEvent: (pattern, event) => this.#receive(pattern, event),
      },
    );
    if (node) this.#watchNode(node);
    this.#topics = new TopicsView(
      {
        subscribe: (topic) => this.#watcherOf(topic).subscribe(topic),
        unsubscribe: (topic) => this.#watcherOf(topic).unsubscribe(topic),
      },
      () => this.#changed(),
    );
    this.#events = new EventsView(
      () => this.#topics.list.first,
      () => this.#remember(),
      () => {
        const url = node ? node.state?.routerUrl : socketUrl(config.path);
        return url === undefined ? undefined : { router: url, realm: config.realm };
      },
    );
    if (node && !node.writes) lockForms();
    new PublishForm(this.#connection);
    const form = new CallForm(this.#connection, (uri) => procedures.find(uri));
    const sessions = new SessionsView(this.#connection, node);
    const source = config.router ? this.#connection : undefined;
    const procedures = new ProceduresView(source, node, (chosen) => form.choose(chosen));
    navigation.onShow(
      'sessions',
      repeated('sessions', navigation, () => sessions.draw()),
    );
    navigation.onShow(
      'procedures',
      repeated('procedures', navigation, () => procedures.draw()),
    );
    say(byId('realm'), config.realm);
    if (config.tour && node) this.#tour = new TourView(node);
    const isChosen = navigation.view === 'events' && navigation.parameters.has('topic');
    if (!isChosen) for (const topic of config.router ? config.topics : []) this.#topics.add(topic);
    navigation.onShow('events', () => this.#showEvents(node));
  }

  start() {
    if (this.#config.router) this.#startConnection();
    else showState('database');
    void this.#tour?.start();
    setInterval(() => this.#overview.drawSecond(this.#clock.now()), 100);
    this.#overview.drawSecond(this.#clock.now());
  }

  #startConnection() {
    this.#connection.start();
    addEventListener('pagehide', () => void this.#connection.stop());
    // A page restored from the browser's back/forward cache has lost its session.
    addEventListener('pageshow', (event) => event.persisted && this.#connection.start());
  }

  /** @param {NodeClient} node */
  #watchNode(node) {
    this.#tail = new Tail(socketUrl('api/tail'), {
      onTopic: (source, state, error) => this.#topics.list.set(source, state, error),
      onEvent: (source, event) => this.#receive(source, event),
      onDropped: (count) => this.#events.dropped(count),
    });
    this.#commits = new CommitTimes(node, (record) => {
      this.#statistics.measure(record.receivedAt, record.latency ?? 0, 'commit');
      this.#events.measured(record);
    });
  }

  /**
   * The part that subscribes to a typed topic.
   *
   * @param {string} topic
   * @throws {RangeError} if nothing does; the message is meant for the user
   */
  #watcherOf(topic) {
    if (Tail.isSource(topic)) {
      if (this.#tail) return this.#tail;
      throw new RangeError('Channels and tables are read by a pgwamp node, which this page does not have.');
    }
    if (this.#config.router) return this.#connection;
    throw new RangeError(
      'Topics need a router, and this console reads a database alone. Write channel:NAME or table:SCHEMA.NAME.',
    );
  }

  /** The topics in the URL, otherwise those subscribed by default. @param {NodeClient | undefined} node */
  #showEvents(node) {
    if (node) void this.#known.askNode(node);
    const { parameters } = this.#navigation;
    if (!parameters.has('topic') && !parameters.has('filter')) return this.#remember();
    // The filter first: each change of topics writes both into the URL.
    this.#events.filter = parameters.get('filter') ?? '';
    const wanted = parameters.getAll('topic');
    for (const topic of this.#topics.list.all) if (!wanted.includes(topic)) this.#topics.list.remove(topic);
    for (const topic of wanted) if (!this.#topics.list.all.includes(topic)) this.#topics.add(topic);
  }

  /**
   * @param {string} pattern
   * @param {import('./wamp.js').WampEvent} event
   */
  #receive(pattern, event) {
    const topic = typeof event.details.topic === 'string' ? event.details.topic : pattern;
    const record = new EventRecord(topic, event, this.#clock.now());
    const isCommitKnown = record.latencySince === 'commit';
    this.#statistics.add(record.receivedAt, isCommitKnown ? undefined : record.latency);
    if (isCommitKnown) this.#statistics.measure(record.receivedAt, record.latency ?? 0, 'commit');
    else this.#commits?.add(record);
    this.#topics.list.counted(pattern);
    if (!Tail.isSource(topic)) this.#known.add(topic);
    this.#events.add(record);
    this.#tour?.add(record);
    this.#drawCounts();
  }

  #changed() {
    this.#events?.refresh();
    this.#remember();
  }

  /** The topics and the filter are in the URL. */
  #remember() {
    if (!this.#events || this.#navigation.view !== 'events') return;
    const { filter } = this.#events;
    const topics = this.#topics.list.all.map((topic) => ['topic', topic]);
    this.#navigation.parameters = new URLSearchParams([...topics, ...(filter ? [['filter', filter]] : [])]);
  }

  #drawCountsNow() {
    this.#overview.drawTotal();
    this.#topics.list.draw();
  }
}

/** A read-only page shows a notice at each form that writes. */
function lockForms() {
  for (const name of ['publish', 'call']) {
    /** @type {HTMLFieldSetElement} */ (byId(`${name}-fields`)).disabled = true;
    byId(`${name}-locked`).hidden = false;
  }
  byId('tour-locked').hidden = false;
}

/**
 * Draws a view when it is shown, and again and again while it is.
 *
 * @param {string} view
 * @param {Navigation} navigation
 * @param {() => Promise<void>} draw
 */
function repeated(view, navigation, draw) {
  let timer = 0;
  const again = async () => {
    clearTimeout(timer);
    if (navigation.view !== view) return;
    // A hidden page, or a table under the pointer, is not refreshed.
    try {
      if (!document.hidden && !byId(`view-${view}`).querySelector('td :focus:not(summary)')) await draw();
    } finally {
      timer = setTimeout(again, REFRESH);
    }
  };
  return () => void again();
}

/**
 * The views of a node's components and databases.
 *
 * @param {Navigation} navigation
 * @param {NodeClient} node
 */
function showNode(navigation, node) {
  const view = new NodeView();
  const databases = new DatabaseViews(node);
  const trace = new TraceView(node, navigation);
  const doctor = new DoctorView(node, (findings) => view.advise(findings));
  node.watch((state, problem) => {
    doctor.heard(view.draw(state, problem));
  });
  navigation.onShow(
    'node',
    repeated('node', navigation, () => view.drawHour(node.history())),
  );
  navigation.onShow(
    'subscriptions',
    repeated('subscriptions', navigation, () => databases.draw(['subscriptions', 'failed'])),
  );
  navigation.onShow(
    'delivery',
    repeated('delivery', navigation, async () => {
      await Promise.all([trace.draw(), databases.draw(['realms', 'slots', 'refused', 'proxies', 'parked', 'calls'])]);
    }),
  );
}

try {
  const config = await readConfig();
  const navigation = new Navigation(config.tour ? 'tour' : config.node ? 'node' : 'events');
  const node = config.node ? new NodeClient() : undefined;
  const session = await node?.session();
  if (node && session && session.operator === undefined) {
    navigation.locked = true;
    await signIn(node, session.method);
    navigation.locked = false;
    // The focused form was removed.
    byId('main').focus();
  }
  if (node && session && session.method !== 'none') watchSignIn(node);
  const { dataset } = document.documentElement;
  if (config.node) dataset.node = '';
  if (config.router) dataset.router = '';
  if (config.tour) dataset.tour = '';
  const page = new Page(config, navigation, node);
  if (node) showNode(navigation, node);
  navigation.draw();
  page.start();
} catch (error) {
  showState('failed');
  showNotice(`The console could not start: ${reasonOf(error)}`);
  throw error;
}
