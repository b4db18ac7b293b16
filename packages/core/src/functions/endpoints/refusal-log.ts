import type { Logger } from '../../component/index.ts';
import type { Endpoint, StateReport } from './endpoint.ts';

/** Limit on the lines logged for endpoints that are refused together. The others are only counted. */
const maxLines = 10;

/** An endpoint and its state. */
export interface EndpointReport {
  readonly endpoint: Endpoint;
  readonly report: StateReport;
}

/** Logs endpoints that are refused or unusable: each once, and again when the reason changes. */
export class RefusalLog {
  readonly #log: Logger;
  readonly #logged = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  note(reports: readonly EndpointReport[]): void {
    const fresh = reports.filter(({ report }) => this.#isFresh(report));
    for (const { endpoint, report } of fresh.slice(0, maxLines)) {
      const { id, kind, uri, signature } = endpoint;
      const refused = report.state === 'refused' ? `the router refused the ${kind} of` : `unusable ${kind} of`;
      this.#log.warn({ endpoint: id }, '%s %s (function %s): %s', refused, uri, signature, report.error);
    }
    if (fresh.length > maxLines) this.#log.warn('%d more are refused or unusable', fresh.length - maxLines);
  }

  /** Only a state that is known to be good ends a refusal. Between two sessions, the state is unknown. */
  #isFresh({ endpoint, state, error }: StateReport): boolean {
    if (state === 'registered' || state === 'subscribed') this.#logged.delete(endpoint);
    if (error === undefined || this.#logged.get(endpoint) === error) return false;
    this.#logged.set(endpoint, error);
    return true;
  }
}
