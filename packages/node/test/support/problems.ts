import { NodeConfigurationError } from 'pgwamp';
import { readNode } from '../../src/configuration/read-node.ts';
import { createFolder } from './folder.ts';

/** The options for reading a text as a node's configuration. */
export interface Reading {
  readonly name?: string;
  readonly lenient?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The mistakes of a node's configuration: `line:column path: message` of each. */
export async function problemsOf(text: string | object, reading: Reading = {}): Promise<string[]> {
  const { name = 'config.json', lenient = false, environment = {} } = reading;
  await using folder = await createFolder({ [name]: text });
  try {
    const { warnings } = await readNode(`${folder.path}/${name}`, { lenient, environment });
    return warnings.map(lineOf);
  } catch (error) {
    if (!(error instanceof NodeConfigurationError)) throw error;
    return error.problems.map(lineOf);
  }
}

function lineOf({ line, column, path, message }: NodeConfigurationError['problems'][number]): string {
  return `${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}
