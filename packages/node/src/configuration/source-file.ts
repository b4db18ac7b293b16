import { extname } from 'node:path';
import { type ConfigurationIssue, pathText, readTextFile } from '@pgwamp/config';
import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { NodeConfigurationError, type Problem } from '../errors.ts';
import { jsonMistake, type SyntaxMistake } from './json-syntax.ts';

/** The path of a value: keys of objects, and indexes of lists. */
export type Path = readonly PropertyKey[];

/** A position in a text; line and column start at 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A configuration file in JSON or YAML. */
export interface SourceFile {
  /** The path as the user wrote it. */
  readonly file: string;
  readonly value: unknown;
  /** Converts a path in `value` to the path in the file. */
  original(path: Path): Path;
  /** The position of the value at a path; for a missing value, the position of its parent. */
  valueAt(path: Path): Position;
  /** The position of the key at a path. */
  keyAt(path: Path): Position;
}

/**
 * Reads a file in JSON or YAML.
 *
 * @throws `NodeConfigurationError` if the file does not exist, or with all syntax errors.
 */
export async function readSourceFile(file: string): Promise<SourceFile> {
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    throw new NodeConfigurationError([{ file, line: 1, column: 1, path: '', message: (error as Error).message }]);
  }
  return parseSource(file, text);
}

/** Converts an issue to a problem with its position in the file. */
export function problemOf(source: SourceFile, { keys, isKey, message }: ConfigurationIssue): Problem {
  const position = isKey ? source.keyAt(keys) : source.valueAt(keys);
  return { file: source.file, ...position, path: pathText(source.original(keys)), message };
}

/**
 * Parses the text of a file. JSON is parsed as YAML, of which it is a subset, so that one parser is enough; a file `.json`
 * must be JSON.
 *
 * @throws `NodeConfigurationError` with all syntax errors.
 */
export function parseSource(file: string, text: string): SourceFile {
  const lines = new LineCounter();
  const isJson = extname(file) === '.json';
  // YAML as Crossbar.io reads it has merge keys (<<).
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, merge: !isJson });
  const mistake = text.trim() === '' ? emptyFile : isJson ? jsonMistake(text) : undefined;
  const mistakes = mistake ? [mistake] : mistakesOf(document, text);
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (mistakes.length > 0) {
    throw new NodeConfigurationError(
      mistakes.map(({ offset, message }): Problem => ({ file, ...position(offset), path: '', message })),
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

const emptyFile: SyntaxMistake = { offset: 0, message: 'the file is empty; pgwamp init writes a configuration' };

function mistakesOf(document: Document.Parsed, text: string): SyntaxMistake[] {
  // The reader only warns of an unknown tag, and takes the value without it.
  const found = [...document.errors, ...document.warnings].map((error) => ({
    offset: error.pos[0],
    message: messageOf(error, text),
  }));
  if (found.length > 0) return found;
  visit(document, {
    Alias(_, alias: Alias, path) {
      const anchored = alias.resolve(document);
      const offset = offsetOf(alias);
      if (!anchored) found.push({ offset, message: `there is no anchor &${alias.source} before this alias` });
      else if (path.includes(anchored))
        found.push({ offset, message: `the anchor &${alias.source} contains its own alias` });
    },
  });
  if (found.length > 0) return found;
  try {
    document.toJS();
    return [];
  } catch (error) {
    // Aliases of aliases, which stand for more values than any configuration has.
    return [{ offset: 0, message: (error as Error).message }];
  }
}

function messageOf({ code, message, pos }: YAMLError, text: string): string {
  if (code === 'DUPLICATE_KEY')
    return `duplicate key ${/^(?:"(?:[^"\\]|\\.)*"|[^\s:]+)/.exec(text.slice(pos[0]))?.[0]}`;
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: a configuration is one document';
  return message;
}

/** The node at a path, or its last existing ancestor. */
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
