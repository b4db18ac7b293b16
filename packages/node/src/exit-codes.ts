/** The exit codes of commands. */
export const exitCodes = {
  done: 0,
  /** The command failed while it ran. */
  failed: 1,
  /** The configuration or the arguments are wrong. */
  usage: 2,
  /** The database, the router or the machine does not meet the requirements. */
  environment: 3,
} as const;

const usage = new Set([
  'PGWAMP_CONFIGURATION',
  'PGWAMP_NODE_CONFIGURATION',
  'PGWAMP_COMMAND',
  'PGWAMP_COMPONENT_CLASS',
  'PGWAMP_ROUTER_OPTION',
]);
const failed = new Set([
  'PGWAMP_WAMP_ERROR',
  'PGWAMP_UNSERIALIZABLE',
  'PGWAMP_STOPPED',
  'PGWAMP_CRASH_LOOP',
  'PGWAMP_NOT_PARKED',
]);

/** The exit code for an error of a command. */
export function exitCodeOf(error: unknown): number {
  const { exitCode, code } = error as { exitCode?: unknown; code?: unknown };
  if (typeof exitCode === 'number') return exitCode;
  if (typeof code !== 'string') return exitCodes.failed;
  if (usage.has(code)) return exitCodes.usage;
  if (failed.has(code)) return exitCodes.failed;
  // All other codes of pgwamp, of PostgreSQL (five characters) and of the operating system (ECONNREFUSED) concern the
  // environment.
  return /^(PGWAMP_\w+|[0-9A-Z]{5}|E[A-Z]+)$/.test(code) ? exitCodes.environment : exitCodes.failed;
}
