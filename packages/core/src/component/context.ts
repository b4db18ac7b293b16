import type { Labels } from './metrics.ts';

/** Who a component is. */
export interface Identity {
  /** What it is called in the log, for example `publisher`. */
  readonly name: string;
  /** What tells it from others of its kind, in the log and in metrics. */
  readonly labels: Labels;
}

/** What a component sees of its life while it runs. */
export interface RunContext {
  /** Aborted when the component is told to stop: finish what is under way, and return. */
  readonly stop: AbortSignal;
  /** Aborted when stopping has taken too long: give up what is still under way. */
  readonly cut: AbortSignal;
  /** Another instance serves; this one waits to take over. */
  standby(): void;
}

/** What an open part needs: it can be lost, and it can be closed. */
export interface OpenPart extends AsyncDisposable {
  /** Aborted when it is lost, by itself or because the other end has gone; the reason is the error. */
  readonly lost: AbortSignal;
  /** Closes it without waiting for anything. */
  destroy?(): void;
}

/** What whoever uses an open part is given. */
export interface UseContext {
  /** Aborted when the part is wanted no more: finish what is under way, and return. */
  readonly until: AbortSignal;
  /** The part does now what it is for. The component runs while all its parts are ready. */
  ready(): void;
}

/** Uses an open part until it is wanted no more, or lost. It throws what was lost. */
export type Use<Open extends OpenPart> = (open: Open, context: UseContext) => Promise<void>;

/** Who owns a part, and is told how it is. */
export interface PartOwner {
  /** Aborted when what is still open is to be destroyed. */
  readonly destruction: AbortSignal;
  /** A part has become ready, or is ready no more. */
  changed(): void;
  /** A part was lost, or could not be opened. */
  lost(name: string, error: Error): void;
  /** A part is opened again after so many milliseconds. */
  retrying(error: Error, pause: number): void;
  /** A part was lost while it was being closed. */
  lostWhileClosing(name: string, error: Error): void;
  /** Whether an error ends the component. */
  isHopeless(error: Error): boolean;
}
