import type { Logger } from '@pgwamp/core/internal/component';
import type { Handover } from '../channels/handover.ts';
import type { ConnectionTerms } from '../clients/connection.ts';
import type { Connections } from '../clients/connections.ts';
import type { GatewayExtra } from '../configuration.ts';
import type { Access, Pages } from '../context.ts';
import type { Admission } from './admission.ts';
import type { RequestChecks } from './request-checks.ts';

/** The dependencies of the server's request handlers. */
export interface ServerContext {
  readonly extra: GatewayExtra;
  readonly log: Logger;
  readonly access: Access;
  readonly admission: Admission;
  readonly checks: RequestChecks;
  readonly connections: Connections;
  readonly handover: Handover;
  readonly terms: ConnectionTerms;
  readonly pages: Pages | undefined;
  /** The content of `/health`. */
  health(): { readonly ok: boolean; readonly [field: string]: unknown };
}
