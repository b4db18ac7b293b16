import { type Command, InvalidArgumentError, Option } from 'commander';
import { withExamples } from './example.ts';
import { type RouterFlags, withRouterOptions } from './router-options.ts';
import { untilSignal } from './until-signal.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadPayload = () => import('./payload.ts');
const loadJoinRouter = () => import('./join-router.ts');

/** `pgwamp subscribe`: prints the events of a topic. */
export function subscribe(program: Command): void {
  const command = withRouterOptions(program.command('subscribe <topic>'))
    .summary('print the events of a topic')
    .description('Prints every event of a topic, one per line, until Ctrl-C.')
    .addOption(
      new Option(
        '--match <policy>',
        'match policy of the topic (default: com.example.* matches everything that begins with com.example., and an empty part matches any part)',
      ).choices(['exact', 'prefix', 'wildcard']),
    )
    .option('--count <n>', 'exit after this number of events', positive)
    .option('--retained', 'start with the retained event')
    .option('--json', 'print JSON')
    .action(run);
  withExamples(command, 'pgwamp subscribe com.example.topic1', 'pgwamp subscribe "com.example.*" --count 10 --json');
}

interface SubscribeFlags extends RouterFlags {
  readonly match?: string;
  readonly count?: number;
  readonly retained?: boolean;
  readonly json?: boolean;
}

async function run(topic: string, flags: SubscribeFlags): Promise<void> {
  const { payloadText, printJson } = await loadPayload();
  const { joinRouter } = await loadJoinRouter();
  await using session = await joinRouter(flags);
  const enough = Promise.withResolvers<undefined>();
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  const { uri, match } = flags.match === undefined ? patternOf(topic) : { uri: topic, match: flags.match };
  const options = { match, ...(flags.retained && { get_retained: true }) };
  await session.subscribe(
    uri,
    (args, kwargs, details) => {
      if (left <= 0) return;
      left -= 1;
      const name = details.topic ?? topic;
      if (flags.json) printJson({ topic: name, publication: details.publication, args, kwargs });
      else process.stdout.write(`${name} ${payloadText(args, kwargs)}\n`);
      if (left === 0) enough.resolve(undefined);
    },
    options,
  );
  // To standard error, so that standard output contains only events.
  process.stderr.write(`subscribed to ${topic}\n`);
  await untilSignal(enough.promise, session.lost);
}

/** The pattern of a topic, by the rules of the console. */
function patternOf(topic: string): { uri: string; match: string } {
  if (/^[^*]*\*$/.test(topic)) return { uri: topic.slice(0, -1), match: 'prefix' };
  const parts = topic.split('.').map((part) => (part === '*' ? '' : part));
  return { uri: parts.join('.'), match: parts.includes('') ? 'wildcard' : 'exact' };
}

function positive(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('expected a whole number from 1 on.');
}
