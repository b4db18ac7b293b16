import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Overview } from '../overview/overview.ts';
import { adminOption } from './admin-option.ts';
import { type DatabaseFlags, withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';
import { untilSignal } from './until-signal.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadOpenOverview = () => import('./open-overview.ts');
const loadOverview = () => import('../overview/overview.ts');

/** `pgwamp top`: shows rates, lag and states repeatedly. */
export function top(program: Command): void {
  const command = withDatabaseOptions(program.command('top'))
    .summary('watch rates, lag and states')
    .description(
      'Shows the activity of components as a table that is refreshed. It asks the admin endpoint of the node; with --database, or where ' +
        'no endpoint is configured, the database, which knows the components of all nodes.',
    )
    .addOption(adminOption())
    .option('--interval <seconds>', 'seconds between two refreshes', seconds, 2)
    .option('--count <number>', 'exit after this number of refreshes', positive)
    .option('--json', 'print one result as JSON, with rates over one interval, and exit')
    .action(run);
  withExamples(command, 'pgwamp top', 'pgwamp top --database postgres://crossbar:secret@127.0.0.1/mydb --json');
}

interface TopFlags extends DatabaseFlags {
  readonly admin?: string;
  readonly interval: number;
  readonly count?: number;
  readonly json?: boolean;
}

async function run(flags: TopFlags): Promise<void> {
  const { openOverview } = await loadOpenOverview();
  const { withRates } = await loadOverview();
  await using source = await openOverview(flags);
  const stop = new AbortController();
  const watch = async () => {
    let before: Overview | undefined;
    let since = 0;
    const looks = flags.json ? 2 : (flags.count ?? Number.POSITIVE_INFINITY);
    for (let look = 1; look <= looks && !stop.signal.aborted; look += 1) {
      const now = await source.look();
      const rows = withRates(now, before, (performance.now() - since) / 1000);
      [before, since] = [now, performance.now()];
      if (!flags.json) await show(now, rows);
      else if (look === looks) process.stdout.write(`${JSON.stringify({ source: now.source, rows })}\n`);
      if (look < looks) await sleep(flags.interval * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  await untilSignal(watching);
  stop.abort();
  await watching;
}

async function show({ source }: Overview, rows: Parameters<typeof import('../overview/overview.ts').overviewTable>[0]) {
  const { overviewTable } = await loadOverview();
  // On a terminal the table is redrawn in place; in a file each result follows the former one.
  const clear = process.stdout.isTTY ? '\x1b[H\x1b[2J' : '';
  const time = new Date().toTimeString().slice(0, 8);
  process.stdout.write(`${clear}${time}  ${source}\n\n${overviewTable(rows)}\n`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0.1) return value;
  throw new InvalidArgumentError('expected a number of seconds from 0.1 on.');
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number from 1 on.');
}
