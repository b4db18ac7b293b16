import { type Counts, Quarantine } from '@pgwamp/core/internal/pipeline';
import { Unanswered } from './unanswered.ts';

/** What is known of a sink from one connection to the next. */
export interface SinkState {
  readonly counts: Counts;
  readonly quarantine: Quarantine;
  /** Messages that the broker has refused, or that no broker would take. */
  refused: number;
  /** Messages that were parked: refused ones, and those that wait. */
  parked: number;
  discarded: number;
  /** Notifications for which there was no room. */
  dropped: number;
  /** Parked messages that were sent again. */
  retried: number;
  readonly unanswered: Unanswered;
  /** The pumps that run. */
  pumps: readonly { readonly inFlight: number }[];
  /** When the broker confirmed something last, in milliseconds since 1970. */
  lastConfirmedAt: number | undefined;
  /** Sums over confirmed messages, in milliseconds. */
  readonly latency: { ingestion: number; internal: number; delivery: number };
  /** Since when the broker counts as down. */
  downSince: Date | undefined;
  /** Messages that the sink has, though not all before them: they come again, and are left out. */
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
