import { type Command, InvalidArgumentError } from 'commander';
import { withExamples } from './example.ts';
import { type RouterFlags, withRouterOptions } from './router-options.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadPayload = () => import('./payload.ts');
const loadJoinRouter = () => import('./join-router.ts');

/** `pgwamp call`: calls a procedure and prints its result. */
export function call(program: Command): void {
  const command = withRouterOptions(program.command('call <procedure> [args...]'))
    .summary('call a procedure')
    .description('Calls a procedure and prints its result. Arguments that are valid JSON are parsed as JSON.')
    .option('--kwargs <json>', 'keyword arguments, a JSON object')
    .option('--timeout <ms>', 'milliseconds until the router ends the call', milliseconds)
    .option('--progress', 'print progressive results, a line each')
    .option('--json', 'print args and kwargs of the result, or of the error, as JSON')
    .action(run);
  withExamples(
    command,
    'pgwamp call com.example.add 2 3',
    `pgwamp call com.example.find --kwargs '{"name": "Smith"}' --json`,
  );
}

interface CallFlags extends RouterFlags {
  readonly kwargs?: string;
  readonly timeout?: number;
  readonly progress?: boolean;
  readonly json?: boolean;
}

async function run(procedure: string, texts: string[], flags: CallFlags): Promise<void> {
  const { argumentsOf, objectOf, payloadText, printJson } = await loadPayload();
  const { joinRouter } = await loadJoinRouter();
  const { WampError } = await import('@pgwamp/core');
  const kwargs = objectOf('--kwargs', flags.kwargs);
  const args = argumentsOf(texts);
  await using session = await joinRouter(flags);
  const print = (result: { args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> }) => {
    if (flags.json) printJson(result);
    else process.stdout.write(`${payloadText(result.args, result.kwargs)}\n`);
  };
  try {
    const result = await session.call(procedure, args, kwargs, {
      ...(flags.timeout !== undefined && { timeout: flags.timeout }),
      ...(flags.progress && { onProgress: print }),
    });
    print({ args: result.args, kwargs: result.kwargs });
  } catch (error) {
    if (!flags.json || !(error instanceof WampError)) throw error;
    printJson({ error: error.error, args: error.args, kwargs: error.kwargs });
    process.exitCode = 1;
  }
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number of milliseconds from 1 on.');
}
