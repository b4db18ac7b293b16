import { type Counts, Quarantine } from '@pgwamp/core/internal/pipeline';
import { Unanswered } from './unanswered.ts';

/** The state of a sink that is kept across connections. */
export interface SinkState {
  readonly counts: Counts;
  readonly quarantine: Quarantine;
  /** Messages that the broker, or the Proxy itself, has refused. */
  refused: number;
  /** Parked messages: refused ones, and those that wait. */
  parked: number;
  discarded: number;
  /** Notifications dropped for lack of room. */
  dropped: number;
  /** Parked messages that were sent again. */
  retried: number;
  readonly unanswered: Unanswered;
  /** The running pumps. */
  pumps: readonly { readonly inFlight: number }[];
  /** The time of the last confirmation, in milliseconds since 1970. */
  lastConfirmedAt: number | undefined;
  /** Sums over confirmed messages, in milliseconds. */
  readonly latency: { ingestion: number; internal: number; delivery: number };
  /** The time since when the broker is considered down. */
  downSince: Date | undefined;
  /** Messages that the sink has, although not all messages before them: they are repeated and then skipped. */
  known: Set<string>;
}

export function initialSinkState(): SinkState {
  return {
    counts: { accepted: 0, refused: 0 },
    quarantine: new Quarantine(),
    refused: 0,
    parked: 0,
    discarded: 0,
    dropped: 0,
    retried: 0,
    unanswered: new Unanswered(),
    pumps: [],
    lastConfirmedAt: undefined,
    latency: { ingestion: 0, internal: 0, delivery: 0 },
    downSince: undefined,
    known: new Set(),
  };
}
