/** Pause in milliseconds before the state is requested again. */
const REOPEN = 3000;

/** Time in milliseconds without a state after which the connection is not relied on: the node sends one every second. */
const SILENCE = 10_000;

/** Time limit in milliseconds of a request; the checks of the doctor wait for databases and routers. */
const PATIENCE = 60_000;

/**
 * The node behind the page: its state over time, and the content of its databases.
 *
 * @typedef {{ id: string, classname: string, realm?: string, database?: string, state: string, status: Record<string,
 *   any> }} ComponentState
 * @typedef {object} WorkerState
 * @property {string} id
 * @property {string} type
 * @property {string} state
 * @property {number} restarts
 * @property {readonly string[]} urls
 * @property {ComponentState[]} [components]
 * @property {Record<string, unknown>} [router]
 *
 * @typedef {{ kind: string, name: string, state: string, isFine: boolean, total?: number, failed?: number, waiting?:
 *   string }} OverviewRow
 * @typedef {{ file: string, started: string, workers: WorkerState[], rows?: OverviewRow[], databases: string[], routerUrl?: string, times?:
 *   Record<string, StateTimes> }} NodeState
 * @typedef {{ since: number, isFirst: boolean, workedAt?: number }} StateTimes
 * @typedef {{ check: string, verdict: 'ok' | 'warn' | 'fail' | 'skip', message: string, fix?: string, components?:
 *   string[] }} Finding
 * @typedef {{ at: number, published: number, handled: number, called: number, failed: number, lag: number }} Sample
 * @typedef {{ method: 'none' | 'password' | 'token', operator?: string, writes: boolean }} SignedIn
 */
export class NodeClient {
  /** @type {NodeState | undefined} */ state;
  /** Why there is no state. */
  #problem = '';
  /** Resolves when there is a state, or it is known why there is none. @type {PromiseWithResolvers<void>} */
  #heard = Promise.withResolvers();
  writes = false;

  /** Called when the sign-in has ended. @type {() => void} */
  onSignedOut = () => undefined;

  /** @returns {Promise<SignedIn>} */
  async session() {
    const session = this.#keep(await this.#ask('session'));
    if (session.operator === undefined) this.onSignedOut();
    return session;
  }

  /**
   * @param {string} secret a password or a token
   * @returns {Promise<SignedIn>}
   * @throws {Error} a sentence for the user
   */
  async signIn(secret) {
    return this.#keep(await this.#ask('session', { method: 'POST', body: JSON.stringify({ secret }) }));
  }

  async signOut() {
    await this.#ask('session', { method: 'DELETE' });
  }

  /**
   * Receives the state of the node every second; after a loss the browser reconnects automatically.
   *
   * @param {(state: NodeState | undefined, problem?: string) => void} onState  `undefined` while the node, or its
   *   source, does not answer
   */
  watch(onState) {
    const events = new EventSource('api/state');
    const tell = (
      /** @type {NodeState | undefined} */ state,
      /** @type {string | undefined} */ problem = undefined,
    ) => {
      clearTimeout(silence);
      silence = setTimeout(reopen, SILENCE);
      this.state = state;
      this.#problem = problem ?? 'The node does not answer.';
      this.#heard.resolve();
      onState(state, problem);
    };
    const reopen = () => {
      events.close();
      tell(undefined);
      clearTimeout(silence);
      setTimeout(() => this.watch(onState), REOPEN);
    };
    let silence = setTimeout(reopen, SILENCE);
    events.onmessage = ({ data }) => tell(JSON.parse(data));
    events.addEventListener('problem', ({ data }) => tell(undefined, JSON.parse(data)));
    events.onerror = () => {
      // The browser does not say why. If the node answers that nobody is signed in, the page asks for it.
      this.session().catch(() => undefined);
      // It tries again by itself, unless it had an answer other than 200, as of a proxy whose node is gone.
      if (events.readyState === EventSource.CLOSED) reopen();
      else tell(undefined);
    };
  }

  /** @returns {Promise<Sample[]>} */
  history() {
    return this.#ask('history');
  }

  /**
   * The known commit times of events: ms since 1970, by publication.
   *
   * @param {readonly number[]} publications
   * @returns {Promise<Record<string, number>>}
   */
  commits(publications) {
    return this.#ask(`commits?${new URLSearchParams({ publications: publications.join(',') })}`);
  }

  /**
   * The findings of the doctor, which take a moment.
   *
   * @returns {Promise<Finding[]>}
   */
  examine() {
    return this.#ask('doctor');
  }

  /**
   * The rows of a section of every database, each with the name of its `database`.
   *
   * @param {string} section
   * @returns {Promise<Record<string, any>[]>}
   */
  async rows(section) {
    const databases = await this.#databases();
    const found = await Promise.all(
      databases.map(async (database) => {
        /** @type {Record<string, any>[]} */
        const rows = await this.#ask(`rows?${new URLSearchParams({ database, section })}`);
        return rows.map((row) => ({ ...row, database }));
      }),
    );
    return found.flat();
  }

  /** The names of the databases; rejects with the reason if the node does not answer, so that nothing is said to be empty. */
  async #databases() {
    await this.#heard.promise;
    if (!this.state) throw new Error(this.#problem);
    return this.state.databases;
  }

  /**
   * The trace of a message in every database of the node.
   *
   * @param {string} message
   * @returns {Promise<import('./trace-view.js').Trace[]>}
   * @throws {Error} a sentence for the user
   */
  async trace(message) {
    const databases = await this.#databases();
    return Promise.all(
      databases.map(async (database) => ({
        ...(await this.#ask(`trace?${new URLSearchParams({ database, message })}`)),
        database,
      })),
    );
  }

  /**
   * The sessions of the realm, from the routers of the node.
   *
   * @param {string} search a part of the id, the identity, the role or the address
   * @returns {Promise<{ hasRouter: boolean, count: number, sessions: import('./meta-sessions.js').SessionRow[] }>}
   */
  sessions(search) {
    return this.#ask(`sessions?${new URLSearchParams({ search })}`);
  }

  /**
   * The steps of the guided tour.
   *
   * @returns {Promise<import('./tour-view.js').TourStep[]>}
   */
  tour() {
    return this.#ask('tour');
  }

  /**
   * Runs a step of the tour.
   *
   * @param {number} index
   * @returns {Promise<string>} a remark about the result
   * @throws {Error} a sentence for the user
   */
  async runStep(index) {
    const { result } = await this.#ask(`tour/${index}`, { method: 'POST' });
    return result;
  }

  /**
   * @param {string} action such as `refused/discard`
   * @param {Record<string, any>} row
   * @throws {Error} a sentence for the user
   */
  async act(action, { database, realm, id, worker, session }) {
    // Only the key of the row: its content may be long, and does not belong into a log.
    const row = { realm, id, worker, session };
    await this.#ask('action', { method: 'POST', body: JSON.stringify({ database, action, row }) });
  }

  /**
   * @param {string} path
   * @param {RequestInit} [options]
   * @returns {Promise<any>}
   */
  async #ask(path, options = {}) {
    const headers = options.body === undefined ? {} : { 'Content-Type': 'application/json' };
    const asked = fetch(`api/${path}`, { ...options, headers, signal: AbortSignal.timeout(PATIENCE) });
    const response = await asked.catch(() => {
      throw new Error('The node does not answer.');
    });
    if (response.status === 401) this.onSignedOut();
    // An answer that is not of the node, as of a proxy, is no JSON.
    const answer = await response.json().catch(() => undefined);
    if (response.ok && answer !== undefined) return answer;
    throw new Error(answer?.error ?? `The node answers with HTTP status ${response.status}.`);
  }

  /** @param {SignedIn} session */
  #keep(session) {
    this.writes = session.writes;
    return session;
  }
}
