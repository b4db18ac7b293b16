import { expect } from 'chai';
import fc from 'fast-check';
import { faultOfParts, parseNotification, parsePublication } from '../../src/sources/publication.ts';

const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''));
const id = fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }).map(String);

function parse(number: string, content: string, isWhole = true) {
  return parsePublication(number, 'crossbar', content, Buffer.byteLength(content), isWhole);
}

describe('Publication: text', () => {
  it('is split into its parts, and JSON stays text', () => {
    fc.assert(
      fc.property(id, line, line, line, line, (number, topic, options, args, kwargs) => {
        const content = [topic, options, args, kwargs].join('\n');
        const expected = { id: number, channel: topic, payload: content, options, args, kwargs, refusal: undefined };
        expect(parse(number, content)).to.deep.include(expected);
      }),
    );
  });

  it('is malformed with more or fewer than four lines', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }).filter(({ length }) => length !== 4),
        (lines) => {
          const content = lines.join('\n');
          const { payload, channel, refusal } = parse('1', content);
          expect({ payload, channel, kind: refusal?.kind }).to.deep.equal({
            payload: content,
            channel: '',
            kind: 'malformed',
          });
        },
      ),
    );
  });

  it('can be any text without an exception of the parser', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\n', '1', 'a', '\0', '\r') }), (content) => {
        const { refusal, channel, options, args, kwargs, payload } = parse('1', content);
        expect(payload).to.equal(content);
        if (!refusal) expect([channel, options, args, kwargs].join('\n')).to.equal(content);
      }),
    );
  });

  it('is refused with its topic and its size if only the beginning was read', () => {
    const publication = parsePublication('1', 'crossbar', 'com.example.topic\n\n["xxx', 20_000_000, false);
    expect(publication.channel).to.equal('com.example.topic');
    expect(publication.refusal).to.have.property('kind', 'too_large');
    expect(publication.refusal?.message).to.include('20000000 bytes');
  });

  it('starts with its id in a notification', () => {
    expect(parseNotification('7', 'crossbar', '42\na.b\n\n[1]\n', 12)).to.include({
      id: '42',
      channel: 'a.b',
      args: '[1]',
    });
    for (const payload of ['', 'nonsense', '0\na\n\n\n', '12345678901234567890\na\n\n\n']) {
      expect(parseNotification('7', 'crossbar', payload, payload.length), payload).to.include({ id: '' });
    }
  });
});

describe('Publication: parts', () => {
  const right = { options: '{"exclude_me": false}', args: '[1.0, "a"]', kwargs: '{}' };

  it('may be JSON of the right kind, or absent', () => {
    expect(faultOfParts(right)).to.equal(undefined);
    expect(faultOfParts({ options: '', args: '', kwargs: '' })).to.equal(undefined);
  });

  for (const wrong of [
    { options: '[]' },
    { options: 'null' },
    { args: '{}' },
    { args: '[1' },
    { args: '[1],"kwargs":{}' },
    { args: '['.repeat(100_000) },
    { args: '['.repeat(2000) + ']'.repeat(2000) },
    { kwargs: '{"a"}' },
    { kwargs: ' ' },
  ]) {
    const [[name, text] = ['', '']] = Object.entries(wrong);
    it(`are refused: ${name} ${text.slice(0, 20)}`, () => {
      const fault = faultOfParts({ ...right, ...wrong });
      expect(fault).to.include({ kind: 'malformed' });
      expect(fault?.message).to.include(`${name} is no JSON`);
    });
  }
});
