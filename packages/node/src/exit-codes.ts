/** What a command exits with. */
export const exitCodes = {
  done: 0,
  /** It failed while it ran. */
  failed: 1,
  /** The configuration or the arguments are wrong. */
  usage: 2,
  /** The database, the router or the machine is not as it has to be. */
  environment: 3,
} as const;

const usage = new Set([
  'PGWAMP_CONFIGURATION',
  'PGWAMP_NODE_CONFIGURATION',
  'PGWAMP_COMMAND',
  'PGWAMP_COMPONENT_CLASS',
  'PGWAMP_ROUTER_OPTION',
]);
const failed = new Set(['PGWAMP_WAMP_ERROR', 'PGWAMP_UNSERIALIZABLE', 'PGWAMP_STOPPED', 'PGWAMP_CRASH_LOOP']);

/** The exit code for what a command has thrown. */
export function exitCodeOf(error: unknown): number {
  const { exitCode, code } = error as { exitCode?: unknown; code?: unknown };
  if (typeof exitCode === 'number') return exitCode;
  if (typeof code !== 'string') return exitCodes.failed;
  if (usage.has(code)) return exitCodes.usage;
  if (failed.has(code)) return exitCodes.failed;
  // What is left of ours, of PostgreSQL (five characters) and of the operating system (ECONNREFUSED) is about the surroundings.
  return /^(PGWAMP_\w+|[0-9A-Z]{5}|E[A-Z]+)$/.test(code) ? exitCodes.environment : exitCodes.failed;
}
