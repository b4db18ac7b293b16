/** A WAMP error as a client reports it to its application, in the same form for every client. */
export class WampFailure extends Error {
  /** Absent when the client does not say which error it was. */
  readonly uri: string | undefined;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;

  constructor(uri: string | undefined, args: readonly unknown[] = [], kwargs: Readonly<Record<string, unknown>> = {}) {
    super(`${uri ?? 'an error without a URI'} ${JSON.stringify(args)}`);
    this.name = 'WampFailure';
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** The failure that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<WampFailure> {
  const value = await promise.catch((error: unknown) => error);
  if (value instanceof WampFailure) return value;
  throw new Error('expected a WAMP error', { cause: value });
}
