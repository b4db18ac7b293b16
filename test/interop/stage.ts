import type { Address, Client, ClientKind, Credentials, Wire } from './clients/client.ts';
import { RawPeer } from './raw-peer.ts';
import type { Stage } from './scenarios/scenario.ts';

let runs = 0;

/** The stage of one run; its disposal ends all sessions that were opened on it. */
export class OpenStage implements Stage, AsyncDisposable {
  readonly kind: ClientKind;
  readonly wire: Wire;
  readonly #address: Address;
  readonly #resources = new AsyncDisposableStack();
  readonly #run = ++runs;

  constructor(kind: ClientKind, wire: Wire, address: Address) {
    this.kind = kind;
    this.wire = wire;
    this.#address = address;
  }

  get http(): string {
    return this.#address.httpUrl;
  }

  readonly uri = (name: string): string => `com.example.run${this.#run}.${name}`;

  readonly join = async (credentials?: Credentials, wire = this.wire): Promise<Client> => {
    const client = await this.kind.join(this.#address, wire, credentials);
    this.#resources.defer(() => client.leave());
    return client;
  };

  readonly peer = async (): Promise<RawPeer> => this.#resources.use(await RawPeer.join(this.#address.url));

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
