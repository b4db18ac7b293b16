import { aborted, unlessAborted } from '../abort.ts';
import { backoff } from '../backoff.ts';
import { StoppedError } from '../errors.ts';
import type { OpenPart, PartOwner, Use, UseContext } from './context.ts';

/** Milliseconds of the first pause between two attempts to open a part, and of the longest unless its options say otherwise. */
const pauses = { first: 100, max: 10_000 };

/** Options of a part. */
export interface PartOptions {
  /**
   * A number that grows with the work that the part does, for example publications that were acknowledged. The pauses between two
   * attempts grow until it does; or until the part has stayed open for as long as the longest pause.
   */
  readonly work?: () => number;
  /** Milliseconds of the longest pause between two attempts. Default: 10 s. */
  readonly longestPause?: number;
}

/** A part of a component, such as its connection to PostgreSQL: it is opened, used, lost, and opened again. See {@link Component}. */
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

  /** What is open; undefined while it is not. */
  get current(): Open | undefined {
    return this.#current;
  }

  /** Whether it is open and does what it is for. */
  get isReady(): boolean {
    return this.#ready;
  }

  /**
   * Waits until it is open.
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

  /** A signal that aborts when the part has not been open for so many milliseconds, until disposed of. */
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
   * Opens it, and uses it, again and again until `until` aborts.
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
   * Keeps it open for as long as other work goes on.
   *
   * @param work is given a signal that aborts when the part has failed for good.
   * @throws an error that retrying cannot fix; what the work throws.
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
   * Opens it once, and uses it. This is for a part that depends on another one, inside of the use of that.
   *
   * @throws what was lost, or why it cannot be opened.
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
      // Only now: closing it may take longer than stopping may.
      destruction.removeEventListener('abort', destroy);
    }
  }

  /** One that opens too late, when it is not wanted any more, is closed at once. */
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
      // What is not the loss of this part is that of one around it, or a fault, and told by whoever keeps that.
      if (!open.lost.aborted) throw error;
      // At once, and not when everything is closed: that may take its time.
      if (!this.#isUnwanted(until)) this.#owner.lost(this.name, open.lost.reason);
      throw open.lost.reason;
    } finally {
      this.#leave();
    }
  }

  /** Also one that was destroyed since it took too long to stop: nothing connects again. */
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

  /** Tells afterwards whether an attempt has been good for something. */
  #watchWork(): () => boolean {
    const before = this.#work();
    const begin = performance.now();
    return () => this.#work() > before || performance.now() - begin > this.#longestPause;
  }
}

/** Uses a part that does its work by itself: it is ready, and stays until it is lost or wanted no more. */
export async function stayOpen({ lost }: OpenPart, { until, ready }: UseContext): Promise<void> {
  ready();
  await aborted(AbortSignal.any([lost, until]));
}
