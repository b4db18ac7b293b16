import type { Command } from 'commander';
import { withExamples } from './example.ts';

/** `pgwamp schema`: prints the JSON Schema of a node's configuration. */
export function schema(program: Command): void {
  const command = program
    .command('schema')
    .summary('print the JSON Schema of the configuration file')
    .description(
      'Prints the JSON Schema (draft 2020-12) of a node configuration. An editor can complete the file and show mistakes, if ' +
        'the first key is "$schema" with the path of the schema.',
    )
    .action(async () => {
      const { nodeJsonSchema } = await import('../configuration/json-schema.ts');
      process.stdout.write(`${JSON.stringify(await nodeJsonSchema(), undefined, 2)}\n`);
    });
  withExamples(command, 'pgwamp schema > node.schema.json');
}
