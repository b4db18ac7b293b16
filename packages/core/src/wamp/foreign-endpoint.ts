import { AutobahnError, AutobahnResult } from './autobahn.ts';
import type { Endpoint, Progress } from './invocation.ts';
import { asWampError, payloadOf, resultOf, valuesOf } from './payload.ts';
import type { ForeignEndpoint } from './transport-configuration.ts';

/** An endpoint as AutobahnJS calls it: all that it is told is what AutobahnJS tells. */
export function foreignEndpoint(endpoint: Endpoint, lost: AbortSignal): ForeignEndpoint {
  return async (args, kwargs, { progress, ...details }) => {
    const told = { ...details, signal: lost, progress: progress && foreignProgress(progress) };
    try {
      return foreignResult(await endpoint(args, kwargs, told));
    } catch (error) {
      const { error: uri, args: errorArgs, kwargs: errorKwargs } = asWampError(error);
      throw new AutobahnError(uri, errorArgs, errorKwargs);
    }
  };
}

function foreignProgress(progress: (args?: unknown[], kwargs?: object) => void): Progress {
  return async (payload = [], kwargs = {}) => {
    const values = valuesOf(payloadOf(payload, kwargs));
    progress(values.args, values.kwargs);
  };
}

/** One value is returned as it is, which does without AutobahnJS's class: the application may have another copy of it. */
function foreignResult(result: unknown): unknown {
  const { args, kwargs } = valuesOf(resultOf(result));
  return args.length === 1 && Object.keys(kwargs).length === 0 ? args[0] : new AutobahnResult(args, kwargs);
}
