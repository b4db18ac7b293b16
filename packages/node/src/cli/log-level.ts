import { CommandError } from '../errors.ts';

/** The levels of a log, from the lowest. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * The lowest level that is logged, for commands without an option for it.
 *
 * @throws `CommandError` if `PGWAMP_LOG_LEVEL` is no level.
 */
export function logLevelOf({ PGWAMP_LOG_LEVEL: level = 'info' }: NodeJS.ProcessEnv): string {
  if ((logLevels as readonly string[]).includes(level)) return level;
  throw new CommandError(`PGWAMP_LOG_LEVEL: expected one of ${logLevels.join(', ')}, found "${level}"`);
}
