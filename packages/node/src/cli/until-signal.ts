import { constants } from 'node:os';

/**
 * Waits until the work is done, or a signal ends it: then it sets the exit code of that signal.
 *
 * @throws the reason of `lost`.
 */
export async function untilSignal(done: Promise<unknown>, lost?: AbortSignal): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const end = () => {
      process.exitCode = 128 + constants.signals[signal];
      ended.resolve();
    };
    process.once(signal, end);
    return () => process.off(signal, end);
  });
  const lose = () => ended.reject(lost?.reason);
  if (lost?.aborted) lose();
  lost?.addEventListener('abort', lose);
  try {
    await Promise.race([done, ended.promise]);
  } finally {
    for (const remove of listeners) remove();
    lost?.removeEventListener('abort', lose);
  }
}
