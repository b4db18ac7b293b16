import type { Command } from 'commander';
import type { NodeConfiguration } from '../configuration/read-node.ts';

/** The flags that select the configuration of a node. */
export interface NodeFlags {
  readonly cbdir: string;
  readonly config?: string;
  readonly lenient?: boolean;
}

/** Adds the options that select the configuration of a node. */
export function withNodeOptions(command: Command): Command {
  return command
    .option('--cbdir <folder>', 'folder with config.json or config.yaml', '.crossbar')
    .option('--config <file>', 'configuration file, instead of the one in --cbdir')
    .option('--lenient', 'ignore keys that only Crossbar.io supports, with a warning');
}

/**
 * Reads the configuration of a node, and writes warnings about ignored keys to standard error.
 *
 * @throws `NodeConfigurationError` with all mistakes.
 */
export async function readNodeOf(flags: NodeFlags): Promise<NodeConfiguration> {
  const { findConfiguration, readNode } = await import('../configuration/read-node.ts');
  const { problemText } = await import('../errors.ts');
  const file = flags.config ?? findConfiguration(flags.cbdir);
  const configuration = await readNode(file, { lenient: flags.lenient === true });
  for (const warning of configuration.warnings) process.stderr.write(`warning: ${problemText(warning)}\n`);
  return configuration;
}

/** Reads the configuration of a node if the command line names one, or if its folder contains one. */
export async function readNodeIfAny(flags: NodeFlags): Promise<NodeConfiguration | undefined> {
  const { configurationIn } = await import('../configuration/read-node.ts');
  const isNamed = flags.config !== undefined || configurationIn(flags.cbdir) !== undefined;
  return isNamed ? readNodeOf(flags) : undefined;
}
