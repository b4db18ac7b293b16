import { expect } from 'chai';
import fc from 'fast-check';

/** A module of the page: JavaScript, checked by a compiler project of its own, hence untyped here. */
const { indented } = (await import(new URL('../../public/json.js', import.meta.url).href)) as {
  indented(text: string): string | undefined;
};

describe('JSON in the viewer', () => {
  it('is printed like JSON.stringify with two spaces', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(indented(text)).to.equal(JSON.stringify(JSON.parse(text), null, 2));
      }),
    );
  });

  it('keeps every digit, and the white space in strings', () => {
    const text = '{"id":12345678901234567890,"price":1.50,"text":"a  \\"b\\" : [,]"}';
    expect(indented(text)).to.equal(
      '{\n  "id": 12345678901234567890,\n  "price": 1.50,\n  "text": "a  \\"b\\" : [,]"\n}',
    );
  });

  it('is undefined for other text', () => {
    for (const text of ['', 'hello', '{"a":}', '[1,]']) expect(indented(text)).to.equal(undefined);
  });
});
