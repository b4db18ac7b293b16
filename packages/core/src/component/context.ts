import type { Labels } from './metrics.ts';

/** The identity of a component in logs and metrics. */
export interface Identity {
  /** Its name in the log, for example `publisher`. */
  readonly name: string;
  /** Labels in the log and in metrics that distinguish components of the same kind. */
  readonly labels: Labels;
}

/** The context of a running component. */
export interface RunContext {
  /** Aborts when `stop()` is called. The component then finishes its current work and returns. */
  readonly stop: AbortSignal;
  /** Aborts when stopping has taken too long. The component then cancels its current work. */
  readonly cut: AbortSignal;
  /** Reports that another instance serves and this one waits to take over. */
  standby(): void;
}

/** An open part. It can be lost, and it can be closed. */
export interface OpenPart extends AsyncDisposable {
  /** Aborts when the part is lost, by its own fault or because the remote end has gone. The reason is the error. */
  readonly lost: AbortSignal;
  /** Closes the part without waiting for anything. */
  destroy?(): void;
}

/** The context for the use of an open part. */
export interface UseContext {
  /** Aborts when the part is no longer needed. The use then finishes its current work and returns. */
  readonly until: AbortSignal;
  /** Reports that the part works. The component is running while all its parts are ready. */
  ready(): void;
}

/** Uses an open part until it is lost or no longer needed. Throws the reason of the loss. */
export type Use<Open extends OpenPart> = (open: Open, context: UseContext) => Promise<void>;

/** The owner of a part, which receives reports of its state. */
export interface PartOwner {
  /** Aborts when everything that is still open must be destroyed. */
  readonly destruction: AbortSignal;
  /** Called when a part becomes ready or is no longer ready. */
  changed(): void;
  /** Called when a part was lost or could not be opened. */
  lost(name: string, error: Error): void;
  /** Called before a part is opened again after a pause in milliseconds. */
  retrying(error: Error, pause: number): void;
  /** Called when a part was lost while it was being closed. */
  lostWhileClosing(name: string, error: Error): void;
  /** Whether an error ends the component. */
  isHopeless(error: Error): boolean;
}
