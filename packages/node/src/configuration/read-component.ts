import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { ConfigurationError, check, type Environment, issuesOf, withEnvironment } from '@pgwamp/config';
import { NodeConfigurationError } from '../errors.ts';
import { isClassname, loadClass } from './component-classes.ts';
import { type ComponentOptions, componentSchema } from './component-schema.ts';
import { parseSource, problemOf, readSourceFile } from './source-file.ts';

/** A component's configuration without mistakes. */
export interface ReadComponent {
  readonly options: ComponentOptions;
  /** The folder that relative paths refer to. */
  readonly folder: string;
}

/**
 * Reads and checks the configuration of one component, as in a container worker.
 *
 * @param file a file in JSON or YAML; `-` for standard input.
 * @param defaults values for keys that the file omits.
 * @throws `NodeConfigurationError` with all mistakes.
 */
export async function readComponent(
  file: string,
  defaults: { readonly classname?: string } = {},
  environment: Environment = process.env,
): Promise<ReadComponent> {
  const source = file === '-' ? parseSource('standard input', await text(process.stdin)) : await readSourceFile(file);
  const folder = file === '-' ? process.cwd() : dirname(resolve(file));
  try {
    const written = withEnvironment(source.value, environment);
    const value = isObject(written) ? { ...defaults, ...written } : written;
    const { classname } = (value ?? {}) as { classname?: string };
    const classes = new Map(
      isClassname(classname ?? '') ? [[classname as string, await loadClass(classname as string, folder)]] : [],
    );
    const result = check(componentSchema(classes, 'container'), value);
    if (!result.success) throw new ConfigurationError(issuesOf(result.error, value));
    return { options: result.data, folder };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new NodeConfigurationError(error.issues.map((issue) => problemOf(source, issue)));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
