import { dirname } from 'node:path';
import ts from 'typescript';

/** A `return` in a block that holds a resource by `using`. What it returns without `await` settles after the resource is closed. */
export interface ReturnUnderUsing {
  readonly path: string;
  /** The start of the returned expression. */
  readonly start: number;
}

/** The returns of a text by which a promise may outlive a resource. */
export function returnsUnderUsing(path: string, text: string): ReturnUnderUsing[] {
  if (!/\busing\b/.test(text)) return [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: ReturnUnderUsing[] = [];
  const visit = (node: ts.Node, holds: boolean): void => {
    const isReturn = ts.isReturnStatement(node) && node.expression && !ts.isAwaitExpression(node.expression);
    if (holds && isReturn && node.expression) found.push({ path, start: node.expression.getStart() });
    let held = holds && !ts.isFunctionLike(node);
    node.forEachChild((child) => {
      held ||= isUsing(child);
      visit(child, held);
    });
  };
  visit(source, false);
  return found;
}

/** Those of them that return a promise, with their lines. */
export function unawaited(returns: readonly ReturnUnderUsing[], configuration: string): string[] {
  const { config } = ts.readConfigFile(configuration, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(configuration));
  const program = ts.createProgram([...new Set(returns.map(({ path }) => path))], options);
  const checker = program.getTypeChecker();
  return returns.flatMap(({ path, start }) => {
    const source = program.getSourceFile(path);
    const expression = source && expressionAt(source, start);
    if (!expression || !isPromise(checker.getTypeAtLocation(expression))) return [];
    return `${path}:${source.getLineAndCharacterOfPosition(start).line + 1}: ${expression.getText()}`;
  });
}

function isUsing(node: ts.Node): boolean {
  const isDeclaration = ts.isVariableStatement(node) || ts.isVariableDeclarationList(node);
  return isDeclaration && /^(await\s+)?using\s/.test(node.getText());
}

function expressionAt(source: ts.SourceFile, start: number): ts.Expression | undefined {
  const visit = (node: ts.Node): ts.Expression | undefined => {
    if (ts.isReturnStatement(node) && node.expression?.getStart() === start) return node.expression;
    return node.pos <= start && start < node.end ? node.forEachChild(visit) : undefined;
  };
  return visit(source);
}

function isPromise(type: ts.Type): boolean {
  return type.isUnion() ? type.types.some(isPromise) : type.getProperty('then') !== undefined;
}
