import { expect } from 'chai';
import fc from 'fast-check';
import { jsonFault } from '../../src/json/check.ts';
import { damage } from './damage.ts';

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function isArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

describe('JSON check', () => {
  it('accepts the same texts as JSON.parse', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          damage(fc.json({ maxDepth: 3 })),
          fc.string({ maxLength: 60 }).map((text) => `"${text}"`),
          fc.json(),
        ),
        (text) => {
          for (const wrapped of [text, `[${text}]`, `{"a":${text}}`, ` ${text} `]) {
            expect(jsonFault(wrapped, 'array', 100)).to.equal(isArray(wrapped) ? undefined : 'malformed');
            expect(jsonFault(wrapped, 'object', 100)).to.equal(isObject(wrapped) ? undefined : 'malformed');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('knows every form of numbers, literals and escapes', () => {
    const good = ['0', '-0', '10', '0.5', '1e5', '1E-5', '-1.25e+10', 'true', 'false', 'null', '"\\u00fF\\n\\/"', '""'];
    const bad = [
      '01',
      '-',
      '+1',
      '.5',
      '1.',
      '1e',
      '1e+',
      '0x1',
      'True',
      'nul',
      'NaN',
      '"\\u00g0"',
      '"\\x"',
      '"\n"',
      "''",
    ];
    for (const text of good) expect(jsonFault(`[${text}]`, 'array', 1), text).to.equal(undefined);
    for (const text of bad) expect(jsonFault(`[${text}]`, 'array', 1), text).to.equal('malformed');
  });

  it('counts nesting levels', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(jsonFault(nested(127), 'array', 127)).to.equal(undefined);
    expect(jsonFault(nested(128), 'array', 127)).to.equal('too deep');
    expect(jsonFault('{"a":[{}]}', 'object', 3)).to.equal(undefined);
    expect(jsonFault('{"a":[{}]}', 'object', 2)).to.equal('too deep');
    expect(jsonFault('['.repeat(1_000_000), 'array', 1000)).to.equal('too deep');
    expect(jsonFault('"["', 'array', 1)).to.equal('malformed');
  });
});
