import type { Command } from 'commander';
import { withExamples } from './example.ts';
import { type RouterFlags, withRouterOptions } from './router-options.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadPayload = () => import('./payload.ts');
const loadJoinRouter = () => import('./join-router.ts');
const loadPublishOptions = () => import('./publish-options.ts');

/** `pgwamp publish`: publishes one event. */
export function publish(program: Command): void {
  const command = withRouterOptions(program.command('publish <topic> [args...]'))
    .summary('publish an event')
    .description(
      'Publishes one event and waits for the acknowledgement of the router. Arguments that are valid JSON are parsed as JSON.',
    )
    .option('--kwargs <json>', 'keyword arguments, a JSON object')
    .option('--options <json>', 'options of PUBLISH such as retain and eligible_authrole, a JSON object')
    .option('--json', 'print the publication id as JSON')
    .action(run);
  withExamples(
    command,
    'pgwamp publish com.example.topic1 "hello world!" 23',
    `pgwamp publish com.example.order --kwargs '{"id": 7}'`,
  );
}

interface PublishFlags extends RouterFlags {
  readonly kwargs?: string;
  readonly options?: string;
  readonly json?: boolean;
}

async function run(topic: string, texts: string[], flags: PublishFlags): Promise<void> {
  const { argumentsOf, objectOf, printJson } = await loadPayload();
  const { joinRouter } = await loadJoinRouter();
  const kwargs = objectOf('--kwargs', flags.kwargs);
  const { checkPublishOptions } = await loadPublishOptions();
  const given = objectOf('--options', flags.options);
  checkPublishOptions(given);
  const options = { ...given, acknowledge: true };
  const args = argumentsOf(texts);
  await using session = await joinRouter(flags);
  const publication = await session.publish(topic, args, kwargs, options);
  if (flags.json) printJson({ topic, publication });
  else process.stdout.write(`published to ${topic}: publication ${publication}\n`);
}
