import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  ConfigurationError,
  type ConfigurationIssue,
  check,
  type Environment,
  issuesOf,
  pathText,
  withEnvironment,
} from '@pgwamp/config';
import { ComponentClassError, NodeConfigurationError, type Problem } from '../errors.ts';
import { isClassname, loadClass } from './component-classes.ts';
import type { ComponentClasses } from './component-schema.ts';
import { contradictions } from './contradictions.ts';
import { type ForeignKey, foreignKeys, withoutForeign } from './crossbar-keys.ts';
import { type NodeOptions, nodeSchema } from './node-schema.ts';
import { type Path, problemOf, readSourceFile, type SourceFile } from './source-file.ts';

/** Options of reading a configuration. */
export interface ReadOptions {
  /** The values of `$NAME` and `${NAME}`. */
  readonly environment?: Environment;
  /** Whether keys that only Crossbar.io supports are ignored with a warning instead of an error. */
  readonly lenient?: boolean;
}

/** A node's configuration without mistakes. */
export interface NodeConfiguration {
  readonly file: string;
  /** The folder that relative paths refer to. */
  readonly folder: string;
  readonly node: NodeOptions;
  readonly source: SourceFile;
  /** Warnings about ignored keys. */
  readonly warnings: readonly Problem[];
}

const names = ['config.json', 'config.yaml', 'config.yml'];

/** The configuration file in a node's folder, if there is one. */
export function configurationIn(folder: string): string | undefined {
  return names.map((name) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Finds the configuration in a node's folder, as Crossbar.io does.
 *
 * @throws `NodeConfigurationError` if there is none.
 */
export function findConfiguration(folder: string): string {
  const found = configurationIn(folder);
  if (found !== undefined) return found;
  const message = `there is no ${names.join(', ')} in this folder; pgwamp init writes one`;
  throw new NodeConfigurationError([{ file: folder, line: 1, column: 1, path: '', message }]);
}

/**
 * Reads and checks the configuration of a node, in JSON or YAML.
 *
 * @throws `NodeConfigurationError` with all mistakes.
 */
export async function readNode(file: string, options: ReadOptions = {}): Promise<NodeConfiguration> {
  const { environment = process.env, lenient = false } = options;
  const whole = await readSourceFile(file);
  const foreign = foreignKeys(whole.value);
  const warnings = foreign.map((key) => foreignProblem(whole, key));
  if (warnings.length > 0 && !lenient) throw new NodeConfigurationError(warnings);
  const source = withoutForeign(whole, foreign);
  const folder = dirname(resolve(file));
  return { file, folder, node: await checkNode(source, folder, environment), source, warnings };
}

async function checkNode(source: SourceFile, folder: string, environment: Environment): Promise<NodeOptions> {
  try {
    const value = withEnvironment(source.value, environment);
    const { classes, problems } = await classesOf(value, folder);
    const result = check(nodeSchema(classes), value);
    problems.push(...(result.success ? contradictions(result.data) : issuesOf(result.error, value)));
    if (problems.length > 0 || !result.success) throw new ConfigurationError(problems);
    return result.data;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new NodeConfigurationError(error.issues.map((issue) => problemOf(source, issue)));
  }
}

function foreignProblem(source: SourceFile, { path, instead }: ForeignKey): Problem {
  const last = path.at(-1);
  const what = last === 'type' ? 'type' : typeof last === 'number' ? 'value' : 'key';
  const message = `pgwamp does not support this ${what} of Crossbar.io: ${instead}`;
  const position = what === 'value' ? source.valueAt(path) : source.keyAt(path);
  return { file: source.file, ...position, path: pathText(path), message };
}

/** Loads the class of every component. A class that cannot be loaded is a problem of its component. */
async function classesOf(
  value: unknown,
  folder: string,
): Promise<{ classes: ComponentClasses; problems: ConfigurationIssue[] }> {
  const loaded = new Map();
  const problems: ConfigurationIssue[] = [];
  for (const { classname, path } of classnamesIn(value)) {
    if (loaded.has(classname) || !isClassname(classname)) continue;
    try {
      loaded.set(classname, await loadClass(classname, folder));
    } catch (error) {
      if (!(error instanceof ComponentClassError)) throw error;
      problems.push({ keys: path, message: error.message });
    }
  }
  return { classes: loaded, problems };
}

function classnamesIn(value: unknown): { classname: string; path: Path }[] {
  const list = (holder: unknown, key: string): unknown[] => {
    const found = (holder as Record<string, unknown> | null)?.[key];
    return Array.isArray(found) ? found : [];
  };
  return list(value, 'workers').flatMap((worker, workerIndex) =>
    list(worker, 'components').flatMap((component, index) => {
      const classname = (component as Record<string, unknown> | null)?.classname;
      const path = ['workers', workerIndex, 'components', index, 'classname'];
      return typeof classname === 'string' ? [{ classname, path }] : [];
    }),
  );
}
