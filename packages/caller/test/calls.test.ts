import type { CallingSession } from '@pgwamp/core/internal/wamp';
import { expect } from 'chai';
import { pino } from 'pino';
import { Calls } from '../src/calls.ts';
import type { Outcome } from '../src/link/index.ts';
import type { Streams } from '../src/streams.ts';

describe('A call of a backend', () => {
  it('is lost and logged if it fails with an unexpected error', async () => {
    const logged: string[] = [];
    const beginCall = () => {
      throw new Error('no way');
    };
    const session = { id: 1, beginCall } as unknown as CallingSession;
    const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
    const calls = new Calls();
    const call = calls.to({ session, streams: {} as Streams, log });
    const identity = { session_user: 'app', role: 'app', pid: 1, forward_for: [] };
    const start = call({ id: 1, procedure: 'com.example.a', options: {}, identity });
    const { promise, resolve: settle } = Promise.withResolvers<Outcome | undefined>();
    start('', '', { settle, onProgress: () => undefined });
    const outcome = await promise;
    expect(outcome).to.deep.equal({ kind: 'lost', payload: 'no way', args: null, kwargs: null });
    expect([logged, calls.counts, calls.inFlight]).to.deep.equal([['a call was lost'], { calls: 1, failed: 1 }, 0]);
  });
});
