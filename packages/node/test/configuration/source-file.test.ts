import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { NodeConfigurationError } from 'pgwamp';
import { parseSource, readSourceFile } from '../../src/configuration/source-file.ts';
import { createFolder } from '../support/folder.ts';

/** The mistake in a text, as `line:column message`. */
function mistakesIn(text: string, file: string): string[] {
  try {
    parseSource(file, text);
    return [];
  } catch (error) {
    if (!(error instanceof NodeConfigurationError)) throw error;
    return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

describe('Configuration file: JSON', () => {
  for (const [what, text, mistake] of [
    ['a comma before a brace', '{\n  "a": 1,\n}', '2:9 JSON has no comma before "}"'],
    ['a comma before a bracket', '{"a": [1,\n2, ]}', '2:2 JSON has no comma before "]"'],
    ['a comma before a value', '{"a": [,1]}', '1:8 expected a value of JSON, found ,'],
    ['a comment', '{\n  // the version\n  "a": 1}', '2:3 JSON has no comments: remove it, or use YAML in a file .yaml'],
    ['a comment in a list', '[1, /* x */ 2]', '1:5 JSON has no comments: remove it, or use YAML in a file .yaml'],
    ['a comment behind', '{"a": 1}\n# x', '2:1 JSON has no comments: remove it, or use YAML in a file .yaml'],
    ['a key without quotes', '{a: 1}', "1:2 Expected property name or '}'"],
    ['a key in other quotes', "{'a': 1}", "1:2 Expected property name or '}'"],
    ['a value without quotes', '{"a":\n hello, "b": 1}', '2:2 expected a value of JSON, found hello'],
    ['a value in other quotes', `{"b": "x:'", "a": 'x'}`, "1:19 expected a value of JSON, found 'x'"],
    ['no value', '{"b": [], "a": }', '1:16 expected a value of JSON, found }'],
    ['no comma', '{"a": 1\n "b": 2}', "2:2 Expected ',' or '}' after property value"],
    ['no colon', '{"a" 1}', "1:6 Expected ':' after property name"],
    ['NaN', '{"a": NaN}', '1:7 expected a value of JSON, found NaN'],
    ['a number that begins with 0', '{"a": 01}', '1:8 Unexpected number'],
    ['the end of a line in a string', '{"a": "x\ny"}', '1:9 Bad control character in string literal'],
    ['a brace too many', '{"a": 1}}', '1:9 Unexpected non-whitespace character after JSON'],
    ['a bracket too few', '{"a": [1', "1:9 Expected ',' or ']' after array element"],
    ['a key twice', '{"a": {"b": 1,\n "b": 2}}', '2:2 duplicate key "b"'],
    ['nothing', '\n', '1:1 the file is empty; pgwamp init writes a configuration'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(mistakesIn(text, 'config.json')).to.deep.equal([mistake]);
    });
  }

  it('accepts any line ends, and brackets and quotes in strings', () => {
    for (const text of [
      '{"a":\r\n "[1,] // \\" \'"\r\n}',
      '{"a": [[], {}, [1, -2.5e+3], true, null]}',
      ' {"<<": 1}\n\n',
    ]) {
      expect(parseSource('config.json', text).value).to.deep.equal(JSON.parse(text));
    }
  });
});

describe('Configuration file: YAML', () => {
  for (const [what, text, mistake] of [
    ['a key twice', 'a: 1\nb: 2\na: 3\n', '3:1 duplicate key a'],
    ['an indentation by tabs', 'a:\n\tb: 1\n', '2:1 Tabs are not allowed as indentation'],
    ['an alias of nothing', 'a: 1\nb: *c\n', '2:4 there is no anchor &c before this alias'],
    ['a list that contains itself', 'a: 1\nb: &b [*b]\n', '2:8 the anchor &b contains its own alias'],
    ['an object that contains itself', 'a: &a\n  b: { c: *a }\n', '2:11 the anchor &a contains its own alias'],
    ['a merge of something else than objects', 'a: { <<: 5 }\n', '1:1 Merge sources must be maps or map aliases'],
    ['a tag that is not known', 'a: !secret x\n', '1:4 Unresolved tag: !secret'],
    ['two documents', 'a: 1\n---\nb: 1\n', '2:1 a second document begins here: a configuration is one document'],
    ['nothing', '', '1:1 the file is empty; pgwamp init writes a configuration'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(mistakesIn(text, 'config.yaml')).to.include(mistake);
    });
  }

  it('refuses aliases that expand to millions of values', () => {
    const lines = [
      'a0: &a0 [x]',
      ...Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(10)}]`),
    ];
    expect(mistakesIn(lines.join('\n'), 'config.yaml')).to.have.length(1);
  });

  it('accepts merge keys', () => {
    const text =
      'base: &base { port: 1, host: a }\nnear: { <<: *base, port: 2 }\nfar: { <<: [*base, { host: b, path: c }] }\n';
    const { value, valueAt } = parseSource('config.yaml', text);
    expect(value).to.deep.include({ near: { port: 2, host: 'a' }, far: { port: 1, host: 'a', path: 'c' } });
    expect(valueAt(['near', 'host'])).to.deep.equal({ line: 2, column: 7 });
  });

  it('accepts comments, trailing commas and aliases', () => {
    const text = '# a comment\r\na: &a [1, 2, ]\r\nb: *a\r\n';
    expect(parseSource('config.yaml', text).value).to.deep.equal({ a: [1, 2], b: [1, 2] });
    expect(mistakesIn("{a: 'x',}", 'standard input')).to.deep.equal([]);
  });
});

describe('Configuration file', () => {
  it('may start with a byte order mark, and has to be UTF-8', async () => {
    await using folder = await createFolder();
    const file = `${folder.path}/config.json`;
    await writeFile(file, '\ufeff{"a": "ä"}');
    const { value, keyAt } = await readSourceFile(file);
    expect(value).to.deep.equal({ a: 'ä' });
    expect(keyAt(['a'])).to.deep.equal({ line: 1, column: 2 });
    for (const bytes of [Buffer.from('{"a": "ä"}', 'latin1'), Buffer.from('\ufeff{"a": 1}', 'utf16le')]) {
      await writeFile(file, bytes);
      expect(await messageOf(file)).to.equal(`${file}:1:1: the text is not UTF-8: save the file as UTF-8`);
    }
  });

  it('has to be an existing file', async () => {
    await using folder = await createFolder();
    expect(await messageOf(folder.path)).to.equal(`${folder.path}:1:1: this is a folder, and not a file`);
    const file = `${folder.path}/missing.json`;
    expect(await messageOf(file)).to.equal(`${file}:1:1: there is no such file`);
  });
});

async function messageOf(file: string): Promise<string> {
  return readSourceFile(file).then(
    () => 'read',
    (error: Error) => error.message,
  );
}
