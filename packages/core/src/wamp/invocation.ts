import { WampError } from '../errors.ts';
import { AutobahnError, AutobahnResult } from './autobahn.ts';
import type { Endpoint } from './session.ts';
import type { Wire } from './wire.ts';

type AutobahnEndpoint = (
  args: unknown[],
  kwargs: Record<string, unknown>,
  details: { progress: ((args?: unknown[], kwargs?: object) => void) | null },
) => Promise<unknown>;

/**
 * An endpoint in AutobahnJS's form: it is told all details and when it is cancelled, and its errors become those of WAMP.
 */
export function invoke(endpoint: Endpoint, procedure: string, wire: Wire): AutobahnEndpoint {
  return async (args, kwargs, { progress }) => {
    // AutobahnJS calls the endpoint while it takes in the message.
    const [request, details] = wire.currentInvocation;
    const { signal, done } = wire.interruptible(request);
    try {
      const canceled = whenAborted(signal);
      return asResult(
        await Promise.race([endpoint(args, kwargs, { procedure, ...details, signal, progress }), canceled]),
      );
    } catch (error) {
      throw asAutobahnError(error);
    } finally {
      done();
    }
  };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new WampError('wamp.error.canceled')), { once: true });
  return promise;
}

function asResult(result: unknown): unknown {
  if (result === undefined) return new AutobahnResult([]);
  if (typeof result === 'object' && result !== null && 'args' in result && 'kwargs' in result) {
    return new AutobahnResult(result.args as unknown[], result.kwargs as object);
  }
  return new AutobahnResult([result]);
}

function asAutobahnError(error: unknown): unknown {
  if (error instanceof WampError) return new AutobahnError(error.error, error.args, error.kwargs);
  return new AutobahnError('wamp.error.runtime_error', [error instanceof Error ? error.message : String(error)]);
}
