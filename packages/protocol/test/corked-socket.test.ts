import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { CorkedSocket } from '../src/corked-socket.ts';

describe('A corked socket', () => {
  it('sends all writes of a callback together, but earlier if it is asked to and they are many bytes', async () => {
    const sent: number[] = [];
    const socket = new Writable({
      writev: (chunks, callback) => {
        sent.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0));
        callback();
      },
    });
    const corked = new CorkedSocket(socket as unknown as Socket);
    const write = (bytes: number) => {
      corked.write(Buffer.alloc(bytes));
      corked.flush();
      return [...sent];
    };
    expect([write(3000), write(2000), write(100), write(200)]).to.deep.equal([[], [5000], [5000], [5000]]);
    await new Promise(setImmediate);
    expect(sent).to.deep.equal([5000, 300]);
    corked.flush();
    corked.write(Buffer.alloc(10));
    await new Promise(setImmediate);
    expect(sent).to.deep.equal([5000, 300, 10]);
  });
});
