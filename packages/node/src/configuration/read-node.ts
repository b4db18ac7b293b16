import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError, type ConfigurationIssue, type Environment, issuesOf, issueText, withEnvironment } from '@pgwamp/config';
import { contradictions } from './contradictions.ts';
import { ComponentClassError, NodeConfigurationError, type Problem } from '../errors.ts';
import { isClassname, loadClass } from './component-classes.ts';
import type { ComponentClasses } from './component-schema.ts';
import { type ForeignKey, foreignKeys, originalPath, withoutForeignKeys } from './crossbar-keys.ts';
import { type NodeOptions, nodeSchema } from './node-schema.ts';
import { type Path, pathText, readSourceFile, type SourceFile } from './source-file.ts';

/** How a configuration is read. */
export interface ReadOptions {
  /** Where `$NAME` and `${NAME}` come from. */
  readonly environment?: Environment;
  /** Whether what only Crossbar.io has is left out with a warning, instead of being an error. */
  readonly lenient?: boolean;
}

/** A node's configuration that was read and has no mistake. */
export interface NodeConfiguration {
  readonly file: string;
  /** What the paths in the configuration are relative to. */
  readonly folder: string;
  readonly node: NodeOptions;
  readonly source: SourceFile;
  /** What was left out. */
  readonly warnings: readonly Problem[];
}

const names = ['config.json', 'config.yaml', 'config.yml'];

/** The configuration in a node's folder, if there is one. */
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
 * @throws `NodeConfigurationError` with everything that is wrong.
 */
export async function readNode(file: string, options: ReadOptions = {}): Promise<NodeConfiguration> {
  const { environment = process.env, lenient = false } = options;
  const source = await readSourceFile(file);
  const folder = dirname(resolve(file));
  const foreign = foreignKeys(source.value);
  const left = foreign.map((key) => foreignProblem(source, key));
  if (left.length > 0 && !lenient) throw new NodeConfigurationError(left);

  const problemOf = (issue: ConfigurationIssue) => issueProblem(source, foreign, issue);
  try {
    const value = withEnvironment(withoutForeignKeys(source.value, foreign), environment);
    const { classes, problems } = await classesOf(value, folder);
    const result = nodeSchema(classes).safeParse(value);
    if (!result.success) problems.push(...issuesOf(result.error, value));
    else problems.push(...contradictions(result.data));
    if (problems.length > 0 || !result.success) throw new NodeConfigurationError(problems.map(problemOf));
    return { file, folder, node: result.data, source, warnings: left };
  } catch (error) {
    if (error instanceof ConfigurationError) throw new NodeConfigurationError(error.issues.map(problemOf));
    throw error;
  }
}

function foreignProblem(source: SourceFile, { path, instead }: ForeignKey): Problem {
  const what = path.at(-1) === 'type' ? 'this type of Crossbar.io does not exist in pgwamp' : 'pgwamp does not have this key of Crossbar.io';
  return { file: source.file, ...source.keyAt(path), path: pathText(path), message: `${what}: ${instead}` };
}

function issueProblem(source: SourceFile, foreign: readonly ForeignKey[], issue: ConfigurationIssue): Problem {
  const path = originalPath(issue.keys, foreign);
  const position = issue.isKey ? source.keyAt(path) : source.valueAt(path);
  return { file: source.file, ...position, path: pathText(path), message: issueText(issue) };
}

/** Loads the class of every component. One that cannot be loaded is a problem of its component. */
async function classesOf(value: unknown, folder: string): Promise<{ classes: ComponentClasses; problems: ConfigurationIssue[] }> {
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
