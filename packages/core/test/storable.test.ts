import { expect } from 'chai';
import { storableJson, storableText } from '../src/storable.ts';

describe('JSON for jsonb', () => {
  it('is unchanged if jsonb accepts it', () => {
    const plain = '{"a":[1,-2.5e10,1e9999,"1e400000","\\\\u0000 \\" ","é"],"1e400000":null,"b":true}';
    expect(storableJson(plain)).to.equal(plain);
  });

  it('contains U+FFFD instead of U+0000 and unpaired surrogates', () => {
    expect(storableJson('["a\\u0000b\\ud800","\\\\u0000"]')).to.equal('["a\\ufffdb\\ufffd","\\\\u0000"]');
    expect(storableText('a\0b\ud800')).to.equal('a\ufffdb\ufffd');
  });

  it('contains strings instead of numbers with more digits than numeric has', () => {
    const long = '9'.repeat(131_073);
    expect(storableJson('{"a":1e400000,"b":[-1.5E-20000,2]}')).to.equal('{"a":"1e400000","b":["-1.5E-20000",2]}');
    expect(storableJson(`[${long},"${long}"]`)).to.equal(`["${long}","${long}"]`);
    expect(storableJson('["x\\"1e400000\\\\",1e400000]')).to.equal('["x\\"1e400000\\\\","1e400000"]');
  });
});
