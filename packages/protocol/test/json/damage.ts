import fc from 'fast-check';

const CHARACTERS = '[]{},:"\\0123456789-+.eEuUtfn \n\u0000x/';

/** Texts in which something was left out, doubled or put in the place of something else. */
export function damage(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(texts, fc.nat(), fc.nat(3), fc.constantFrom(...CHARACTERS)).map(([text, at, length, character]) => {
    const index = at % (text.length + 1);
    return text.slice(0, index) + (length === 3 ? '' : character) + text.slice(index + length);
  });
}
