import type { Session } from '@pgwamp/core/internal/wamp';
import { join } from '@pgwamp/harness/fixtures/join';
import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import { createRouter, type Limits, type Router } from '@pgwamp/router';
import { Arrivals } from './arrivals.ts';

/** A router that can be killed, whose place another one takes at the same port. It records the events of each realm before anybody else may publish. */
export class ReplacedRouter implements AsyncDisposable {
  /** By realm. */
  readonly arrivals = { realm1: new Arrivals(), realm2: new Arrivals() };
  /** Routers that there were. */
  count = 0;
  readonly #limits: Pick<Limits, 'pingInterval' | 'pingTimeout'>;
  #port = 0;
  #router: Router | undefined;
  #session: Session | undefined;

  private constructor(limits: Pick<Limits, 'pingInterval' | 'pingTimeout'>) {
    this.#limits = limits;
  }

  /** @param limits say when it notices that a session is dead: so long it holds the procedures of that session. */
  static async start(limits: Pick<Limits, 'pingInterval' | 'pingTimeout'>): Promise<ReplacedRouter> {
    const router = new ReplacedRouter(limits);
    await router.begin();
    return router;
  }

  get port(): number {
    return this.#port;
  }

  /** A session of the router's own process in the first realm; undefined while there is no router. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** The sessions of each realm, and the calls that wait for their results; undefined while there is no router. */
  get realms(): unknown {
    const infoOf = (realm: string) => this.#router?.realm(realm);
    return Object.keys(this.arrivals).map((realm) => ({
      ...{ realm, pendingCalls: infoOf(realm)?.pendingCalls },
      sessions: infoOf(realm)?.listSessions().sessions,
    }));
  }

  /** Kills it: all sessions end without a word. */
  async end(): Promise<void> {
    this.#session = undefined;
    await this.#router?.close();
    this.#router = undefined;
  }

  /** Puts a new one in its place. */
  async begin(): Promise<void> {
    if (this.#router) return;
    const router = createRouter({ realms: Object.keys(this.arrivals), limits: this.#limits });
    this.#router = router;
    for (const [realm, arrivals] of Object.entries(this.arrivals)) {
      await subscribe(router, { realm, topics: ['com.example.load'] }, (_topic, [writer, number]) =>
        arrivals.add(Number(writer), Number(number)),
      );
    }
    this.#session = await join(router);
    const { url } = await router.listen({ port: this.#port });
    this.#port = Number(new URL(url).port);
    this.count += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
