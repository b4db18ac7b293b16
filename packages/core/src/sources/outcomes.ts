import { WampError } from '../errors.ts';
import type { Emission, Outcomes, Publication } from '../pipeline/index.ts';
import { type Connection, isServerError } from '../postgres/index.ts';

/** Hours after which acknowledgements are deleted; refusals stay until somebody has read and deleted them. */
const keepAcknowledgements = 24;

/** Keeps outcomes in `crossbar._acknowledgement` and `crossbar.refused_publication`. */
export class DatabaseOutcomes implements Outcomes {
  readonly #connection: Connection;
  readonly #realm: string;
  #acknowledged: [id: string, publication: number][] = [];
  #writing: Promise<void> | undefined;

  constructor(connection: Connection, realm: string) {
    this.#connection = connection;
    this.#realm = realm;
  }

  /** What arrives while a statement runs is written by the next one together. */
  async acknowledged({ id }: Publication, routerId: number): Promise<void> {
    this.#acknowledged.push([id, routerId]);
    const running = this.#writing;
    this.#writing = running ? running.then(() => this.#write()) : this.#write();
    await this.#writing;
  }

  async refused(emission: Emission, error: WampError): Promise<void> {
    try {
      await this.#keep(emission, error);
    } catch (cause) {
      if (!isDataException(cause)) throw cause;
      // Everybody can write to the log or NOTIFY, not only crossbar.publish: what is no JSON, or no text of this database's
      // encoding, must not stand in the way for ever.
      await this.#keep(
        { id: undefined, content: ascii(contentOf(emission)) },
        new WampError(ascii(error.error), [ascii(error.message)]),
      );
    }
  }

  async #keep(emission: Emission, { error, args, kwargs }: WampError): Promise<void> {
    const { id, topic, options, args: payload, kwargs: keywords } = emission.id === undefined ? empty : emission;
    const content = emission.id === undefined ? emission.content : null;
    await this.#connection.query(
      `INSERT INTO crossbar.refused_publication
         (realm, id, topic, options, args, kwargs, content, error, error_args, error_kwargs)
       VALUES ($1, coalesce($2, crossbar._new_publication_id()), $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (realm, id) DO UPDATE SET error = excluded.error, refused_at = now()`,
      [this.#realm, id, topic, options || null, payload || null, keywords || null, content, error].concat([
        JSON.stringify(args),
        JSON.stringify(kwargs),
      ]),
    );
  }

  /** Deletes acknowledgements that nobody will read any more. */
  async forget(): Promise<void> {
    await this.#connection.query(
      `DELETE FROM crossbar._acknowledgement WHERE acknowledged_at < now() - make_interval(hours => $1)`,
      [keepAcknowledgements],
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

/** Class 22: a value that PostgreSQL cannot take. */
function isDataException(error: unknown): boolean {
  return isServerError(error) && error.code?.startsWith('22') === true;
}

function contentOf(emission: Emission): string {
  if (emission.id === undefined) return emission.content;
  return [emission.topic, emission.options, emission.args, emission.kwargs].join('\n');
}

function ascii(text: string): string {
  return text.replace(/[^\n\x20-\x7e]/g, '?');
}

const empty = { id: null, topic: null, options: null, args: null, kwargs: null };
