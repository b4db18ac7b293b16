import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Frame } from '@pgwamp/protocol';
import { rawSocketFraming, websocketFraming } from '@pgwamp/protocol/internal';
import { expect } from 'chai';
import { MemoryConnection } from '../../src/transports/memory.ts';
import { SocketOutput } from '../../src/transports/socket-output.ts';
import { within } from '../support/deadline.ts';

interface Open extends AsyncDisposable {
  readonly output: SocketOutput;
  readonly socket: Socket;
  readonly client: Socket;
  /** Everything that arrives until the end. */
  readonly arrived: Promise<Buffer>;
}

async function open(): Promise<Open> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const chunks: Buffer[] = [];
  client.on('data', (chunk) => chunks.push(chunk));
  const arrived = within(once(client, 'end'), 'the end').then(() => Buffer.concat(chunks));
  const close = async () => {
    client.destroy();
    socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { output: new SocketOutput(socket), socket, client, arrived, [Symbol.asyncDispose]: close };
}

describe('SocketOutput', () => {
  it('writes small and large frames, frames of two framings, and bytes in order', async () => {
    await using test = await open();
    const contents = ['a', 'ü'.repeat(40), 'b'.repeat(3000), 'c', 'd'.repeat(70_000), 'e'];
    const expected: Uint8Array[] = [];
    for (const [index, content] of contents.entries()) {
      const frame = new Frame(content);
      const framing = index === 4 ? rawSocketFraming : websocketFraming;
      test.output.send(frame, framing);
      expected.push(frame.wire(framing));
      if (index !== 2) continue;
      test.output.write(Buffer.from('between'));
      expected.push(Buffer.from('between'));
    }
    test.output.end();
    expect((await test.arrived).equals(Buffer.concat(expected))).to.equal(true);
  });

  it('writes all small frames of a turn at once, and counts them until then', async () => {
    await using test = await open();
    let writes = 0;
    const { write } = test.socket;
    test.socket.write = function count(this: Socket, ...args: Parameters<typeof write>) {
      writes++;
      return write.apply(this, args);
    } as typeof write;
    for (let sent = 0; sent < 1000; sent++) test.output.send(new Frame('x'.repeat(100)), websocketFraming);
    expect([writes, test.output.bufferedAmount]).to.eql([0, 102_000]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes).to.equal(1);
    test.output.end();
    expect(await test.arrived).to.have.length(102_000);
  });

  it('counts what the socket keeps, until the other end has read it', async () => {
    await using test = await open();
    test.client.pause();
    const frame = new Frame('x'.repeat(100_000));
    while (test.socket.writableLength === 0) {
      test.output.send(frame, websocketFraming);
      test.output.flush();
    }
    expect(test.output.bufferedAmount).to.equal(test.socket.writableLength);
    test.output.send(frame, websocketFraming);
    expect(test.output.bufferedAmount).to.equal(test.socket.writableLength + frame.size(websocketFraming));
    const taken = new Promise<void>((resolve) => {
      test.output.ontaken = resolve;
    });
    test.output.watch();
    test.client.resume();
    await within(taken, 'the socket to be empty');
    expect(test.output.bufferedAmount).to.equal(0);
    test.output.end();
    await test.arrived;
  });

  it('shares large frames with other outputs, and drops frames after the end', async () => {
    await using one = await open();
    await using other = await open();
    const frame = new Frame('x'.repeat(100_000));
    for (const { output } of [one, other]) {
      output.send(frame, websocketFraming);
      output.send(frame, websocketFraming);
      output.end();
      output.send(frame, websocketFraming);
      output.flush();
    }
    for (const { arrived } of [one, other]) expect(await arrived).to.have.length(2 * frame.size(websocketFraming));
  });

  it('writes what a client in memory causes in the turn that delivers its frames', async () => {
    await using test = await open();
    const { client, transport } = new MemoryConnection({ maxMessageSize: 100, maxBufferedBytes: 100 });
    transport.onframe = (content) => test.output.send(new Frame(content), rawSocketFraming);
    client.send('ab');
    client.send('cd');
    // The frames are delivered by an immediate that was set before this one, in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(test.socket.bytesWritten).to.equal(2 * rawSocketFraming.sizeOf('ab'));
    test.output.end();
    await test.arrived;
  });
});
