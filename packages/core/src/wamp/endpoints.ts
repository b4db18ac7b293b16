import { CallDetails } from './details.ts';
import { type AnswerLine, type Endpoint, Invocation } from './invocation.ts';
import { code } from './messages.ts';

interface Registered {
  readonly procedure: string;
  readonly endpoint: Endpoint;
}

/**
 * The endpoints of a session, and the calls that they work on. AutobahnJS registers; its way with invocations is not taken, because
 * it knows neither INTERRUPT nor most of the details, and costs as much as all the rest.
 */
export class Endpoints {
  readonly #line: AnswerLine;
  readonly #registered = new Map<number, Registered>();
  readonly #invocations = new Map<number, Invocation>();

  constructor(line: AnswerLine) {
    this.#line = line;
  }

  add(registration: number, procedure: string, endpoint: Endpoint): void {
    this.#registered.set(registration, { procedure, endpoint });
  }

  remove(registration: number): void {
    this.#registered.delete(registration);
  }

  /** Takes an INVOCATION or INTERRUPT; false for a message that is neither, or is for nobody here. */
  take(message: unknown[]): boolean {
    const [type, request, argument] = message;
    if (type === code.INVOCATION) return this.#invoke(message);
    if (type !== code.INTERRUPT) return false;
    // The answer may have crossed it on the way.
    this.#invocations.get(request as number)?.interrupt((argument ?? {}) as Record<string, unknown>);
    return true;
  }

  /** Tells the endpoints that nobody waits for their answers any more. */
  lose(reason: Error): void {
    for (const invocation of this.#invocations.values()) invocation.lose(reason);
    this.#invocations.clear();
  }

  #invoke([, request, registration, sent, args, kwargs]: unknown[]): boolean {
    const registered = this.#registered.get(registration as number);
    if (!registered) return false;
    const invocation = new Invocation(request as number, this.#line, this.#settled);
    this.#invocations.set(invocation.request, invocation);
    const details = new CallDetails(invocation, registered.procedure, sent as Record<string, unknown>);
    invocation.run(registered.endpoint, (args ?? []) as unknown[], (kwargs ?? {}) as Record<string, unknown>, details);
    return true;
  }

  readonly #settled = (request: number) => {
    this.#invocations.delete(request);
  };
}
