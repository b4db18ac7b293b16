import { PayloadText } from '@pgwamp/core/internal/wamp';
import { openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { expect } from 'chai';

const megabytes = 1024 * 1024;

describe('Caller: large payloads', () => {
  it('returns a result of 100 MB, and sends arguments of 32 MB', async () => {
    const size = 100 * megabytes;
    await using stage = await openCallerStage({
      router: { limits: { maxMessageSize: 3 * size, maxBufferedBytes: 3 * size } },
      limits: { max_message_size: 3 * size },
    });
    const large = `"${'x'.repeat(size - 4)}"`;
    await stage.callee.register('com.example.large', () => new PayloadText(`[${large}]`));
    await stage.callee.register('com.example.length', ([text]) => String(text).length);
    expect(await stage.one(`SELECT length(crossbar.call('com.example.large') #>> '{}')`)).to.equal(String(size - 4));
    const taken = 32 * megabytes;
    expect(
      await stage.one(`SELECT crossbar.call('com.example.length', jsonb_build_array(repeat('y', ${taken})))`),
    ).to.equal(String(taken));
  });
});
