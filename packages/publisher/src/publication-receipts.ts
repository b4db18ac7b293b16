import { type Refused, WampError } from '@pgwamp/core';
import { asciiText } from '@pgwamp/core/internal/component';
import type { Receipt, Receipts } from '@pgwamp/core/internal/pipeline';
import { type Connection, isUnstorable, parseLsn } from '@pgwamp/core/internal/postgres';
import { type Publication, wantsAcknowledgement } from '@pgwamp/core/internal/sources';

/** Number of publications to remember. They take about half a megabyte. */
const rememberedLimit = 10_000;
/** Hours until acknowledgements are deleted. Refusals remain until somebody deletes them. */
const keepAcknowledgements = 24;

/** A publication that the router has acknowledged. */
export interface AcknowledgedPublication {
  /** The id in the source: its position in the log, or the number that `crossbar.publish` returned. */
  readonly id: string;
  /** The router's publication id, which all its events contain. */
  readonly publication: number;
  /** Milliseconds since 1970. */
  readonly acknowledgedAt: number;
  /** Commit time of its transaction with delivery `wal`: milliseconds since 1970, with microseconds as a fraction. */
  readonly committedAt?: number | undefined;
}

/**
 * The publications that the router has acknowledged most recently, so that an event can be traced back to the log.
 * Numbers are in typed arrays, because an object for each publication would be promoted to the old generation, where
 * garbage collection is expensive.
 */
export class RecentPublications {
  readonly #ids: string[] = [];
  readonly #publications = new Float64Array(rememberedLimit);
  readonly #times = new Float64Array(rememberedLimit);
  /** NaN if the log does not contain the commit time. */
  readonly #commits = new Float64Array(rememberedLimit);
  #next = 0;

  /** @param committedAt undefined if the log does not contain the commit time. */
  add(id: string, publication: number, committedAt: number | undefined): void {
    this.#ids[this.#next] = id;
    this.#publications[this.#next] = publication;
    this.#times[this.#next] = Date.now();
    this.#commits[this.#next] = committedAt ?? Number.NaN;
    this.#next = (this.#next + 1) % rememberedLimit;
  }

  /** @param key the id in the source, or the router's publication id. */
  find(key: string): AcknowledgedPublication | undefined {
    const number = Number(key);
    const count = this.#ids.length;
    // The search starts with the newest, because most queries are for recent publications.
    for (let age = 1; age <= count; age += 1) {
      const index = (this.#next - age + count) % count;
      const id = this.#ids[index] as string;
      if (this.#publications[index] === number || id === key) return this.#at(index, id);
    }
    return undefined;
  }

  #at(index: number, id: string): AcknowledgedPublication {
    const committedAt = this.#commits[index];
    const acknowledged = { id, publication: this.#publications[index] ?? 0, acknowledgedAt: this.#times[index] ?? 0 };
    return Number.isNaN(committedAt) ? acknowledged : { ...acknowledged, committedAt };
  }
}

/** Stores acknowledgements and refusals in `crossbar._acknowledgement` and `crossbar.refused_publication`. */
export class PublicationReceipts implements Receipts<Publication> {
  readonly #connection: Connection;
  readonly #realm: string;
  readonly #recent: RecentPublications;
  readonly #reported: (publication: Publication, error: WampError) => void;
  #acknowledged: [id: string, publication: number][] = [];
  #writing: Promise<void> | undefined;

  /** @param reported called with every refusal after it is stored. */
  constructor(
    connection: Connection,
    realm: string,
    recent: RecentPublications,
    reported: (publication: Publication, error: WampError) => void = () => undefined,
  ) {
    this.#connection = connection;
    this.#realm = realm;
    this.#recent = recent;
    this.#reported = reported;
  }

  /** Acknowledgements that arrive while a statement runs are written together by the next statement. */
  accepted(publication: Publication, { id }: Receipt): Promise<void> | undefined {
    this.#recent.add(publication.id, Number(id), publication.committedAt);
    if (!wantsAcknowledgement(publication)) return undefined;
    this.#acknowledged.push([numberOf(publication) ?? '0', Number(id)]);
    const running = this.#writing;
    this.#writing = running !== undefined ? running.then(() => this.#write()) : this.#write();
    return this.#writing;
  }

  async refused(publication: Publication, why: Refused): Promise<void> {
    const error = asWampError(why);
    try {
      await this.#keep(publication, why.kind === 'malformed' ? publication.payload : undefined, error);
    } catch (cause) {
      if (!isUnstorable(cause)) throw cause;
      // Any role can write to the log or NOTIFY without crossbar.publish. Invalid JSON, or text in another encoding,
      // must not block the delivery forever.
      await this.#keep(
        publication,
        asciiText(publication.payload),
        new WampError(asciiText(error.error), [asciiText(error.message)]),
      );
    }
    this.#reported(publication, error);
  }

  /** @param content text to store instead of topic, options, args and kwargs. */
  async #keep(publication: Publication, content: string | undefined, error: WampError): Promise<void> {
    const { channel, options, args, kwargs, size, refusal } = publication;
    const isTooLarge = refusal?.kind === 'too_large';
    const fields = content === undefined ? [channel || null, options || null, args || null, kwargs || null] : noFields;
    await this.#connection.query(
      `INSERT INTO crossbar.refused_publication
         (realm, id, topic, options, args, kwargs, content, error, error_args, error_kwargs)
       VALUES ($1, coalesce($2, crossbar._new_publication_id()), $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (realm, id) DO UPDATE SET error = excluded.error, refused_at = now()`,
      [
        this.#realm,
        numberOf(publication),
        ...fields,
        content ?? (isTooLarge ? `${size} bytes` : null),
        error.error,
        JSON.stringify(error.args),
        JSON.stringify(error.kwargs),
      ],
    );
  }

  async #write(): Promise<void> {
    const batch = this.#acknowledged;
    if (batch.length === 0) return;
    this.#acknowledged = [];
    await this.#connection.query(
      `INSERT INTO crossbar._acknowledgement (realm, id, publication)
       SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])
       ON CONFLICT (realm, id) DO UPDATE SET publication = excluded.publication`,
      [this.#realm, batch.map(([id]) => id), batch.map(([, publication]) => publication)],
    );
  }
}

/** Deletes expired acknowledgements. */
export async function forgetAcknowledgements(connection: Connection): Promise<void> {
  await connection.query(
    `DELETE FROM crossbar._acknowledgement WHERE acknowledged_at < now() - make_interval(hours => $1)`,
    [keepAcknowledgements],
  );
}

/** The number that `crossbar.publish` returned. For a message from the log, it is the position. */
function numberOf({ id }: Publication): string | null {
  return id.includes('/') ? String(parseLsn(id)) : id || null;
}

/** The WAMP error of a refusal: the router's own error if the router has refused. */
function asWampError({ kind, message, cause }: Refused): WampError {
  return cause instanceof WampError ? cause : new WampError(uris[kind], [message]);
}

const uris: Readonly<Record<Refused['kind'], string>> = {
  refused: 'wamp.error.runtime_error',
  malformed: 'wamp.error.invalid_argument',
  too_large: 'wamp.error.payload_size_exceeded',
  poison: 'wamp.error.protocol_violation',
};

const noFields = [null, null, null, null];
