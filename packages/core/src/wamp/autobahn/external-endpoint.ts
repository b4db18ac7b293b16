import { CallDetails } from '../invocation.ts';
import { asWampError, PayloadText, resultPayload } from '../payload-text.ts';
import type { Endpoint, Progress } from '../session.ts';
import type { AutobahnEndpoint } from '../transport-configuration.ts';
import { autobahn } from './library.ts';

/** Wraps an endpoint for AutobahnJS. It only receives the details that AutobahnJS provides. */
export function externalEndpoint(
  endpoint: Endpoint,
  lost: AbortSignal,
  check: (payload: PayloadText) => void,
): AutobahnEndpoint {
  const checked = (payload: PayloadText) => {
    check(payload);
    return payload.parse();
  };
  const progressBy =
    (send: (args?: unknown[], kwargs?: object) => void): Progress =>
    async (payload = [], kwargs = {}) => {
      const values = checked(payload instanceof PayloadText ? payload : PayloadText.of(payload, kwargs));
      send(values.args, values.kwargs);
    };
  return async (args, kwargs, { procedure, progress, ...details }) => {
    const means = { signal: lost, progress: progress && progressBy(progress) };
    const allDetails = new CallDetails(procedure, details, means);
    try {
      return externalResult(checked(resultPayload(await endpoint(args, kwargs, allDetails))));
    } catch (error) {
      throw externalError(error, check);
    }
  };
}

/**
 * A single value is returned without AutobahnJS's class Result, because the application may use another copy of
 * AutobahnJS.
 */
function externalResult({ args, kwargs }: { readonly args: unknown[]; readonly kwargs: object }): unknown {
  return args.length === 1 && Object.keys(kwargs).length === 0 ? args[0] : new (autobahn().Result)(args, kwargs);
}

/** An error that cannot be sent is replaced by an error that explains why. */
function externalError(error: unknown, check: (payload: PayloadText) => void): object {
  const { error: uri, args, kwargs } = asWampError(error);
  try {
    check(PayloadText.of(args, kwargs));
    return new (autobahn().Error)(uri, args, kwargs);
  } catch (refusal) {
    const { error: refused, args: why } = asWampError(refusal);
    return new (autobahn().Error)(refused, why);
  }
}
