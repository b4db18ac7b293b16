import { aborted, unlessAborted } from '../abort.ts';
import { backoff } from '../backoff.ts';
import { StoppedError } from '../errors.ts';
import type { OpenPart, PartOwner, Use, UseContext } from './context.ts';

/** Milliseconds of the first pause between two attempts to open a part, and the default of the longest pause. */
const pauses = { first: 100, max: 10_000 };

/** Options of a part. */
export interface PartOptions {
  /**
   * A number that grows with the work of the part, for example the number of acknowledged publications. The pauses
   * between attempts grow until this number has grown, or until the part has stayed open for the length of the longest
   * pause.
   */
  readonly work?: () => number;
  /** Milliseconds of the longest pause between two attempts. Default: 10 s. */
  readonly longestPause?: number;
}

/**
 * A part of a component, such as its connection to PostgreSQL. It is opened, used, lost, and opened again. See {@link
 * Component}.
 */
export class Part<Open extends OpenPart> {
  readonly name: string;
  readonly #open: (until: AbortSignal) => Promise<Open>;
  readonly #work: () => number;
  readonly #longestPause: number;
  readonly #owner: PartOwner;
  #current: Open | undefined;
  #next = Promise.withResolvers<Open>();
  #ready = false;
  readonly #absences = new Set<(isOpen: boolean) => void>();

  constructor(
    name: string,
    open: (until: AbortSignal) => Promise<Open>,
    owner: PartOwner,
    { work = () => 0, longestPause = pauses.max }: PartOptions,
  ) {
    this.name = name;
    this.#open = open;
    this.#owner = owner;
    this.#work = work;
    this.#longestPause = longestPause;
  }

  /** The open part; undefined while it is not open. */
  get current(): Open | undefined {
    return this.#current;
  }

  /** Whether the part is open and works. */
  get isReady(): boolean {
    return this.#ready;
  }

  /**
   * Waits until the part is open.
   *
   * @throws `StoppedError` when `until` aborts.
   */
  async present(until: AbortSignal): Promise<Open> {
    try {
      return await unlessAborted(this.#next.promise, until);
    } catch {
      throw new StoppedError();
    }
  }

  /**
   * Returns a signal that aborts when the part has not been open for this many milliseconds. Disposing stops the timer.
   */
  absence(milliseconds: number): Disposable & { readonly signal: AbortSignal } {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const watch = (isOpen: boolean) => {
      clearTimeout(timer);
      if (!isOpen) timer = setTimeout(() => controller.abort(), milliseconds);
    };
    this.#absences.add(watch);
    watch(this.#current !== undefined);
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        this.#absences.delete(watch);
      },
    };
  }

  /**
   * Opens and uses the part repeatedly until `until` aborts.
   *
   * @throws an error that retrying cannot fix.
   */
  async keep(use: Use<Open>, until: AbortSignal): Promise<void> {
    const pause = backoff({ ...pauses, max: this.#longestPause });
    while (!until.aborted) {
      const worked = this.#watchWork();
      try {
        await this.use(use, until);
      } catch (error) {
        if (this.#isUnwanted(until)) return this.#owner.lostWhileClosing(this.name, error as Error);
        this.#owner.lost(this.name, error as Error);
        if (this.#owner.isHopeless(error as Error)) throw error;
        if (worked()) pause.reset();
        await pause.wait(until, (length) => this.#owner.retrying(error as Error, length));
      }
    }
  }

  /**
   * Keeps the part open while other work runs.
   *
   * @param work receives a signal that aborts when the part has failed with an error that retrying cannot fix.
   * @throws an error that retrying cannot fix, or the error of `work`.
   */
  async keepWhile(use: Use<Open>, work: (failed: AbortSignal) => Promise<void>): Promise<void> {
    const end = new AbortController();
    const failed = new AbortController();
    const keeping = this.keep(use, end.signal);
    keeping.catch((error: unknown) => failed.abort(error));
    try {
      await work(failed.signal);
    } finally {
      end.abort();
      await keeping;
    }
  }

  /**
   * Opens the part once and uses it. A part that depends on another part is used this way, inside the use of that part.
   *
   * @throws the reason of the loss, or the reason why the part cannot be opened.
   */
  async use(use: Use<Open>, until: AbortSignal): Promise<void> {
    const open = await this.#opened(until);
    if (open === undefined) return;
    const { destruction } = this.#owner;
    const destroy = () => open.destroy?.();
    destruction.addEventListener('abort', destroy, { once: true });
    try {
      await using closing = open;
      await this.#useOpened(closing, use, until);
    } finally {
      // The listener is removed after closing, because closing may take longer than `stop()` allows.
      destruction.removeEventListener('abort', destroy);
    }
  }

  /** A part that opens after `until` aborted is closed immediately. */
  async #opened(until: AbortSignal): Promise<Open | undefined> {
    const opening = this.#open(until);
    try {
      return await unlessAborted(opening, until);
    } catch (error) {
      if (!until.aborted) {
        this.#owner.lost(this.name, error as Error);
        throw error;
      }
      opening.then(
        (late) => late[Symbol.asyncDispose](),
        () => undefined,
      );
      return undefined;
    }
  }

  async #useOpened(open: Open, use: Use<Open>, until: AbortSignal): Promise<void> {
    this.#arrive(open);
    try {
      await use(open, this.#contextOf(open, until));
      if (!until.aborted) open.lost.throwIfAborted();
    } catch (error) {
      // If this part was not lost, the error belongs to an outer part or is a fault. The outer part reports it.
      if (!open.lost.aborted) throw error;
      // Reports the loss before everything is closed, because closing may take time.
      if (!this.#isUnwanted(until)) this.#owner.lost(this.name, open.lost.reason);
      throw open.lost.reason;
    } finally {
      this.#leave();
    }
  }

  /** Also true after a forced stop, so that nothing reconnects. */
  #isUnwanted(until: AbortSignal): boolean {
    return until.aborted || this.#owner.destruction.aborted;
  }

  #contextOf(open: Open, until: AbortSignal): UseContext {
    return {
      until,
      ready: () => {
        if (this.#current !== open || this.#ready) return;
        this.#ready = true;
        this.#owner.changed();
      },
    };
  }

  #arrive(open: Open): void {
    this.#current = open;
    this.#next.resolve(open);
    for (const watch of this.#absences) watch(true);
  }

  #leave(): void {
    this.#current = undefined;
    this.#ready = false;
    this.#next = Promise.withResolvers();
    for (const watch of this.#absences) watch(false);
  }

  /** Returns a function that reports whether an attempt has done useful work. */
  #watchWork(): () => boolean {
    const before = this.#work();
    const begin = performance.now();
    return () => this.#work() > before || performance.now() - begin > this.#longestPause;
  }
}

/** Uses a part that works on its own: it is ready immediately and stays open until it is lost or no longer needed. */
export async function stayOpen({ lost }: OpenPart, { until, ready }: UseContext): Promise<void> {
  ready();
  await aborted(AbortSignal.any([lost, until]));
}
