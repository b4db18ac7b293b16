import { expect } from 'chai';
import { PayloadText } from '@pgwamp/core/wamp';
import { openCallerStage } from './support/caller-stage.ts';

describe('crossbar.call', () => {
  it('gives SQL what the procedure gives: NULL, one value, or all positional and keyword results', async () => {
    await using stage = await openCallerStage();
    let answer = new PayloadText('');
    await stage.callee.register('com.example.give', () => answer);
    const result = async (args: string, kwargs = '') => {
      answer = new PayloadText(args, kwargs);
      return stage.one(`SELECT crossbar.call('com.example.give')`);
    };
    expect(await result('')).to.equal(null);
    expect(await result('[]')).to.equal(null);
    expect(await result('[null]')).to.equal('null');
    expect(await result('[42]')).to.equal('42');
    expect(await result('[[1, [2]]]')).to.equal('[1, [2]]');
    expect(await result('["a,b"]')).to.equal('"a,b"');
    expect(await result('[1, 2]')).to.equal('{"args": [1, 2], "kwargs": {}}');
    expect(await result('[]', '{"a": 1}')).to.equal('{"args": [], "kwargs": {"a": 1}}');
    expect(await result('["x"]', '{"a": [2]}')).to.equal('{"args": ["x"], "kwargs": {"a": [2]}}');
  });
});
