import type { CallingSession } from '@pgwamp/core/internal/wamp';
import { expect } from 'chai';
import { pino } from 'pino';
import { Calls } from '../src/calls.ts';
import type { Streams } from '../src/streams.ts';

describe('A call of a backend', () => {
  it('is lost and logged if it fails with an unexpected error', async () => {
    const logged: string[] = [];
    const startCall = () => {
      throw new Error('no way');
    };
    const session = { id: 1, startCall } as unknown as CallingSession;
    const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
    const calls = new Calls();
    const call = calls.to({ session, streams: {} as Streams, log });
    const identity = { session_user: 'app', role: 'app', pid: 1, forward_for: [] };
    const request = {
      kind: 'call',
      id: 1,
      procedure: 'com.example.a',
      args: '',
      kwargs: '',
      options: {},
      identity,
    } as const;
    const outcome = await call(request, { signal: new AbortController().signal, onProgress: () => undefined });
    expect(outcome).to.deep.equal({ kind: 'lost', payload: 'no way', args: null, kwargs: null });
    expect([logged, calls.counts, calls.inFlight]).to.deep.equal([['a call was lost'], { calls: 1, failed: 1 }, 0]);
  });
});
