import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** The logger of components that were given none: JSON lines on standard error, from level `info` or `$PGWAMP_LOG_LEVEL`. */
export function defaultLogger(): Logger {
  return pino(
    { name: 'pgwamp', level: process.env.PGWAMP_LOG_LEVEL ?? 'info' },
    pino.destination({ fd: 2, sync: true }),
  );
}
