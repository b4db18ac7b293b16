import { expect } from 'chai';
import fc from 'fast-check';
import { parseEmission } from '../../src/events/index.ts';

const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
const id = fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }).map(String);

describe('the text of a publication', () => {
  it('is taken apart as PostgreSQL put it together, and JSON stays text', () => {
    fc.assert(
      fc.property(id, line, line, line, line, (number, topic, options, args, kwargs) => {
        const content = [number, topic, options, args, kwargs].join('\n');
        expect(parseEmission(content)).to.deep.equal({ id: number, topic, options, args, kwargs });
      }),
    );
  });

  it('is malformed with more or fewer than five lines', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }).filter(({ length }) => length !== 4),
        (lines) => {
          const content = ['1', ...lines].join('\n');
          expect(parseEmission(content)).to.deep.equal({ id: undefined, content });
        },
      ),
    );
  });

  it('is malformed if its first line is no number of a publication', () => {
    const noNumber = line.filter((text) => !/^\d{1,18}$/.test(text));
    fc.assert(
      fc.property(noNumber, line, (number, topic) => {
        const content = `${number}\n${topic}\n\n\n`;
        expect(parseEmission(content)).to.deep.equal({ id: undefined, content });
      }),
    );
    expect(parseEmission('9223372036854775808\na\n\n\n')).to.have.property('id', undefined);
  });

  it('never makes parsing fail, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\n', '1', 'a', '\0', '\r') }), (content) => {
        const emission = parseEmission(content);
        const again = emission.id === undefined ? emission.content : Object.values(emission).join('\n');
        expect(again).to.equal(content);
      }),
    );
  });
});
