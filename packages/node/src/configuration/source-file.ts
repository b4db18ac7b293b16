import { readFile } from 'node:fs/promises';
import { type ConfigurationIssue, pathText } from '@pgwamp/config';
import { isMap, isNode, isScalar, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import { NodeConfigurationError, type Problem } from '../errors.ts';

/** Where in a value something stands: keys of objects, and indexes of lists. */
export type Path = readonly PropertyKey[];

/** A place in a text, both from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A configuration file in JSON or YAML. */
export interface SourceFile {
  /** The path as the user wrote it. */
  readonly file: string;
  readonly value: unknown;
  /** The path in the file of what stands in `value` at a path. */
  original(path: Path): Path;
  /** Where the value of a path stands; of a value that is missing, what it is missing in. */
  valueAt(path: Path): Position;
  /** Where the key of a path stands. */
  keyAt(path: Path): Position;
}

/**
 * Reads a file of JSON or YAML.
 *
 * @throws `NodeConfigurationError` if there is no such file, or with every mistake of its syntax.
 */
export async function readSourceFile(file: string): Promise<SourceFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new NodeConfigurationError([
      { file, line: 1, column: 1, path: '', message: `cannot be read: ${(error as Error).message}` },
    ]);
  }
  return parseSource(file, text);
}

/** What is wrong with a configuration, at its place in its file. */
export function problemOf(source: SourceFile, { keys, isKey, message }: ConfigurationIssue): Problem {
  const position = isKey ? source.keyAt(keys) : source.valueAt(keys);
  return { file: source.file, ...position, path: pathText(source.original(keys)), message };
}

/**
 * Reads the text of a file. JSON is read as the YAML that it is, so that both have one reader.
 *
 * @throws `NodeConfigurationError` with every mistake of its syntax.
 */
export function parseSource(file: string, text: string): SourceFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    throw new NodeConfigurationError(
      document.errors.map(({ message, pos }): Problem => ({ file, ...position(pos[0]), path: '', message })),
    );
  }
  const root = document.contents;
  return {
    file,
    value: document.toJS(),
    original: (path) => path,
    valueAt: (path) => position(offsetOf(nearest(root, path))),
    keyAt: (path) => position(keyOffset(root, path) ?? offsetOf(nearest(root, path))),
  };
}

/** The node of a path, or the last one on the way to it that exists. */
function nearest(root: ParsedNode | null, path: Path): Node | null {
  let node: Node | null = root;
  for (const key of path) {
    const next = childOf(node, key);
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

function childOf(node: Node | null, key: PropertyKey): Node | undefined {
  const child = node && 'get' in node ? (node as { get(key: unknown, keep: true): unknown }).get(key, true) : undefined;
  return isNode(child) ? child : undefined;
}

function keyOffset(root: ParsedNode | null, path: Path): number | undefined {
  const parent = nearest(root, path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return pair && isNode(pair.key) ? offsetOf(pair.key) : undefined;
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}
