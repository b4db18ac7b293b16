import type { Client, ClientKind, Credentials, Wire } from '../clients/client.ts';
import type { RawPeer } from '../raw-peer.ts';

/** The environment of one run of a scenario. */
export interface Stage {
  readonly kind: ClientKind;
  readonly wire: Wire;
  /** The URL of the router's HTTP bridge. */
  readonly http: string;
  /** A URI that no other run uses. */
  uri(name: string): string;
  /** A session of the client library, on the wire at hand unless another is given. */
  join(credentials?: Credentials, wire?: Wire): Promise<Client>;
  /** A session without any library. */
  peer(): Promise<RawPeer>;
}

/** A client library, by the beginning of its name. */
export type Library = 'AutobahnJS' | 'Wampy.js' | 'Autobahn|Python';

export interface Scenario {
  /** Continues "it …". */
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
  /** Whether it is run on every wire of a client, not only on the first. */
  readonly everyWire?: boolean;
  /** Whether it is for serializers only that have binary values. */
  readonly binary?: boolean;
  /** Libraries with which it cannot be run, each with the reason. */
  readonly lacking?: Readonly<Partial<Record<Library, string>>>;
  /** It speaks WAMP without a library, so that it is run once per router. */
  readonly raw?: boolean;
}
