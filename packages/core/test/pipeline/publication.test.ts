import { expect } from 'chai';
import fc from 'fast-check';
import { parseEmission } from '../../src/sources/index.ts';

const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
const id = fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }).map(String);

describe('the text of a publication', () => {
  it('is taken apart as PostgreSQL put it together, and JSON stays text', () => {
    fc.assert(
      fc.property(id, line, line, line, line, (number, topic, options, args, kwargs) => {
        const content = [topic, options, args, kwargs].join('\n');
        expect(parseEmission(number, content)).to.deep.equal({ id: number, topic, options, args, kwargs });
      }),
    );
  });

  it('is malformed with more or fewer than four lines', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }).filter(({ length }) => length !== 4),
        (lines) => {
          const content = lines.join('\n');
          expect(parseEmission('1', content)).to.deep.equal({ id: undefined, content });
        },
      ),
    );
  });

  it('never makes parsing fail, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\n', '1', 'a', '\0', '\r') }), (content) => {
        const { id: _, ...emission } = parseEmission('1', content);
        const again = Object.values(emission).join('\n');
        expect(again).to.equal(content);
      }),
    );
  });
});
