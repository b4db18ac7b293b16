import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { Outcome } from '../../src/link/call.ts';
import { ask, callText, echo, openLink, result } from './support/stage.ts';

const stream = { receive_progress: true };

describe('A stream that is no longer read', () => {
  it('is discarded, for any number of streams on one connection', async () => {
    await using stage = await openLink(async (_request, { onProgress }) => {
      void onProgress('1');
      return undefined;
    });
    await using client = await stage.connect();
    for (let id = 1; id <= 1100; id += 1) {
      expect(await ask(client, callText(id, null, stream))).to.include({ kind: 'progress', payload: '1' });
    }
    const gone = await rejection(client.query('["next", 1]'));
    expect(gone.message).to.equal('there is no call 1 on this connection');
  });
});

describe('A link that drains', () => {
  it('answers pending requests, refuses new ones, closes idle connections, and accepts no more', async () => {
    const answer = Promise.withResolvers<Outcome>();
    let called = false;
    await using stage = await openLink((request, controls) => {
      if (request.procedure !== 'com.example.slow') return echo(request, controls);
      called = true;
      return answer.promise;
    });
    const idle = await stage.connect();
    const busy = await stage.connect();
    const ended = new Set<string>();
    for (const [name, client] of Object.entries({ idle, busy })) {
      client.on('error', () => undefined);
      client.on('end', () => ended.add(name));
    }
    const pending = ask(busy, callText(1, null, {}, 'com.example.slow'));
    await waitFor(() => called, { what: 'the call' });
    const drained = stage.link.drain();
    await waitFor(() => ended.has('idle'), { what: 'the idle connection to be closed' });
    expect((await rejection(stage.connect())).message).to.match(/ECONNREFUSED/);
    expect(await pending).to.include({ kind: 'pending' });
    const waiting = ask(busy, '["wait", 1]');
    answer.resolve(result('7'));
    expect(await waiting).to.include({ kind: 'result', payload: '7' });
    expect(await ask(busy, callText(2))).to.include({ kind: 'moved' });
    await withDeadline(drained, 5000, 'the link to be drained');
    expect(stage.link.connections).to.equal(0);
    await waitFor(() => ended.has('busy'), { what: 'the other connection to be closed' });
  });
});
