import type { WampError } from '../errors.ts';

/** A publication of `crossbar.publish` on its way: everything as the text that PostgreSQL made of it, empty where absent. */
export interface Publication {
  /** The number that `crossbar.publish` returned. */
  readonly id: string;
  readonly topic: string;
  /** WAMP's options of PUBLISH, a JSON object. */
  readonly options: string;
  /** A JSON array. */
  readonly args: string;
  /** A JSON object. */
  readonly kwargs: string;
}

/** Something that came by the way of publications and is none. */
export interface Malformed {
  readonly id: undefined;
  readonly content: string;
}

/** What a source yields. */
export type Emission = Publication | Malformed;

/** Emissions that arrived together, in order. */
export interface Batch {
  readonly emissions: readonly Emission[];
  /**
   * Tells the source that everything up to here is settled and need not come again; confirming a later batch confirms the
   * earlier ones. Undefined where a batch ends within a transaction.
   */
  readonly confirm: (() => Promise<void> | void) | undefined;
}

/** Where publications come from. */
export interface Source extends AsyncDisposable {
  /**
   * Yields what there is and then what comes, until `stop` aborts. Who does not ask for the next batch holds the source back.
   * Throws when the source is lost; a new source then begins after what was confirmed.
   */
  read(stop: AbortSignal): AsyncIterable<Batch>;
}

/** Where publications go to. */
export interface Sink {
  /**
   * Resolves when the router has the publication; `id` is the publication id that it gave.
   *
   * @throws `WampError` if the router refuses this publication; anything else means that the sink is lost.
   */
  publish(publication: Publication): Promise<{ readonly id: number }>;
}

/** Where the outcome of publications is kept. */
export interface Outcomes {
  /** The router has a publication whose author asked for its acknowledgement. */
  acknowledged(publication: Publication, routerId: number): Promise<void>;
  /** The router refused a publication. */
  refused(emission: Emission, error: WampError): Promise<void>;
}
