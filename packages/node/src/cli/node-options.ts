import type { Command } from 'commander';
import type { NodeConfiguration } from '../configuration/read-node.ts';

/** Where the configuration of a node is, as the command line says. */
export interface NodeFlags {
  readonly cbdir: string;
  readonly config?: string;
  readonly lenient?: boolean;
}

/** Adds the options that say where the configuration of a node is. */
export function withNodeOptions(command: Command): Command {
  return command
    .option('--cbdir <folder>', 'folder with config.json or config.yaml', '.crossbar')
    .option('--config <file>', 'configuration file, instead of the one in --cbdir')
    .option('--lenient', 'leave out what only Crossbar.io has, with a warning');
}

/**
 * Reads the configuration of a node, and writes what was left out to standard error.
 *
 * @throws `NodeConfigurationError` with everything that is wrong.
 */
export async function readNodeOf(flags: NodeFlags): Promise<NodeConfiguration> {
  const { findConfiguration, readNode } = await import('../configuration/read-node.ts');
  const { problemText } = await import('../errors.ts');
  const file = flags.config ?? findConfiguration(flags.cbdir);
  const configuration = await readNode(file, { lenient: flags.lenient === true });
  for (const warning of configuration.warnings) process.stderr.write(`warning: ${problemText(warning)}\n`);
  return configuration;
}

/** Reads the configuration of a node if the command line names one, or if there is one in its folder. */
export async function readNodeIfAny(flags: NodeFlags): Promise<NodeConfiguration | undefined> {
  const { configurationIn } = await import('../configuration/read-node.ts');
  const isNamed = flags.config !== undefined || configurationIn(flags.cbdir) !== undefined;
  return isNamed ? readNodeOf(flags) : undefined;
}
