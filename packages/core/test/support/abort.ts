import { withDeadline } from '@pgwamp/harness';

/** The reason of a signal, as soon as it aborts. */
export async function abortion(signal: AbortSignal, milliseconds = 10_000): Promise<Error> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await withDeadline(promise, milliseconds, 'the signal to abort');
  return signal.reason as Error;
}
