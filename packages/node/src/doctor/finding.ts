/** The result of a check. `skip`: the check could not be made, or does not concern this installation. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'skip';

/** The result of one check. */
export interface Finding {
  /** Name of the check, such as `wal_level`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** The observation. */
  readonly message: string;
  /** The SQL, setting or command that fixes it. */
  readonly fix?: string;
  /** The components of a configuration that it concerns, each as `worker/component`. */
  readonly components?: readonly string[];
}

/** Creates the findings of one check. */
export function findings(check: string) {
  const make =
    (verdict: Verdict) =>
    (message: string, fix?: string): Finding => ({
      check,
      verdict,
      message,
      ...(fix !== undefined && { fix }),
    });
  return { ok: make('ok'), warn: make('warn'), fail: make('fail'), skip: make('skip') };
}

/** The end of a command of pgwamp that is a fix: the database may come from an option with a password. */
export const sameOptions = '    # with the options --database, --config or --cbdir of this command';
