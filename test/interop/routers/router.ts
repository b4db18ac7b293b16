import type { Address } from '../clients/client.ts';

/** A running router. */
export interface RunningRouter extends AsyncDisposable {
  readonly address: Address;
}

/** One of the routers that the scenarios run against. */
export interface RouterKind {
  readonly name: string;
  start(): Promise<RunningRouter>;
}
