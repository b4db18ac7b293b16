import type { Session } from '../session/session.ts';
import type { Registration } from './registration.ts';

/** What a callee has asked for in REGISTER. */
export interface EndpointOptions {
  /** How many invocations it takes at a time; 0 for as many as there are. */
  readonly concurrency: number;
  readonly disclosesCaller: boolean;
  /** Whether the callee itself minds the timeouts of its calls. */
  readonly forwardsTimeout: boolean;
}

/** One callee of a registration. */
export class Endpoint {
  readonly registration: Registration;
  readonly callee: Session;
  readonly options: EndpointOptions;
  /** Invocations that it has not answered; counted only where they are limited. */
  #busy = 0;

  constructor(registration: Registration, callee: Session, options: EndpointOptions) {
    this.registration = registration;
    this.callee = callee;
    this.options = options;
  }

  get isLimited(): boolean {
    return this.options.concurrency > 0;
  }

  get hasRoom(): boolean {
    return !this.isLimited || this.#busy < this.options.concurrency;
  }

  occupy(): void {
    if (this.isLimited) this.#busy++;
  }

  vacate(): void {
    if (this.isLimited) this.#busy--;
  }
}
