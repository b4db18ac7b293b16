import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repositoryRoot, withDeadline } from '@pgwamp/harness';

/** The program that `pgwamp` runs. */
export const program = join(repositoryRoot, 'packages/node/src/cli/pgwamp.ts');

/** The options of a command. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** The time limit in milliseconds; default: 60 seconds. */
  readonly deadline?: number;
}

/** The result of a command. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pgwamp` to its end. */
export async function pgwamp(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { cwd, env, input, deadline = 60_000 } = options;
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } });
  child.stdin.end(input);
  try {
    const all = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    const [[code], stdout, stderr] = await withDeadline(all, deadline, `pgwamp ${args.join(' ')} to end`);
    return { code, stdout, stderr };
  } finally {
    child.kill('SIGKILL');
  }
}
