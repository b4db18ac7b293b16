import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';

/** Something with a comment of its own: a class, a property of an object, or a field of an interface. */
export interface Declaration {
  readonly name: string;
  /** The comment without its tags. */
  readonly summary: string;
  /** The text after its tag `@remarks`. */
  readonly remarks: string;
  /** The whole of it. */
  readonly text: string;
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(basename(path), readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
}

function plain(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ').trim();
}

function declaration(node: ts.ClassDeclaration | ts.PropertyAssignment | ts.PropertySignature): Declaration {
  const comment = ts.getJSDocCommentsAndTags(node).find((found) => ts.isJSDoc(found));
  const remarks = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === 'remarks');
  const { name } = node;
  return {
    name: name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : '',
    summary: plain(comment?.comment),
    remarks: plain(remarks?.comment),
    text: node.getText(),
  };
}

/** The classes of a source file that others can use and that are not abstract. */
export function classesOf(path: string): Declaration[] {
  const classes = parse(path).statements.filter(ts.isClassDeclaration);
  const isConcrete = ({ modifiers }: ts.ClassDeclaration) => {
    const kinds = modifiers?.map(({ kind }) => kind) ?? [];
    return kinds.includes(ts.SyntaxKind.ExportKeyword) && !kinds.includes(ts.SyntaxKind.AbstractKeyword);
  };
  return classes.filter(isConcrete).map(declaration);
}

/** The properties of an object that a source file has in a constant, as they are written down. */
export function propertiesOf(path: string, constant: string): Declaration[] {
  const variables = parse(path)
    .statements.filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  const initializer = variables.find(({ name }) => name.getText() === constant)?.initializer;
  const object = initializer && ts.isAsExpression(initializer) ? initializer.expression : initializer;
  if (!object || !ts.isObjectLiteralExpression(object)) throw new Error(`${path} has no object ${constant}`);
  return object.properties.filter(ts.isPropertyAssignment).map(declaration);
}

/** The fields of an interface of a source file, each before those of the object that it holds. */
export function fieldsOf(path: string, name: string): Declaration[] {
  const found = parse(path).statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (!found || !ts.isInterfaceDeclaration(found)) throw new Error(`${path} has no interface ${name}`);
  return found.members.filter(ts.isPropertySignature).flatMap((field) => {
    const inner =
      field.type && ts.isTypeLiteralNode(field.type) ? field.type.members.filter(ts.isPropertySignature) : [];
    const described = inner.map(declaration).filter(({ summary }) => summary !== '');
    const { name: outer } = declaration(field);
    return [declaration(field), ...described.map((it) => ({ ...it, name: `${outer}.${it.name}` }))];
  });
}
