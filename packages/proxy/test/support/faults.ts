import { Lost } from '@pgwamp/core';
import { aborted } from '@pgwamp/core/internal/component';
import { type Broker, startTcpProxy, type TcpProxy, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { BrokerUnreachableError } from '../../src/errors.ts';
import type { OpenSink } from '../../src/sinks/sink.ts';
import { openSink } from './open-sink.ts';
import { outgoing } from './outgoing.ts';

/** A sink under test, and its broker. */
export interface FaultStage {
  broker(): Broker;
  /** A way to the broker that can be cut; a proxy before its port if left out. */
  proxied?(): Promise<TcpProxy>;
  /** Options of a sink that reaches the broker at a port. */
  options(port: number): object;
  readonly destination: string;
  /** Makes the destination, where it has to be there. */
  prepare(): Promise<void>;
}

async function lossOf(sink: OpenSink): Promise<unknown> {
  await withDeadline(aborted(sink.lost), 30_000, 'the sink to be lost');
  return sink.lost.reason;
}

/** The requirements of every sink that keeps a connection. */
export function itIsLostWithItsBroker(stage: FaultStage): void {
  const { broker, options, destination, prepare, proxied = () => startTcpProxy(broker()) } = stage;

  it('is lost if its broker is killed, and delivers after a restart of the broker', async () => {
    await prepare();
    const { port } = broker();
    {
      await using sink = await openSink(options(port));
      await sink.send(outgoing(destination));
      await broker().kill();
      expect(await lossOf(sink)).to.be.instanceOf(Lost);
      expect(await rejection(sink.send(outgoing(destination)))).to.be.instanceOf(Lost);
      expect(await rejection(openSink(options(port)))).to.be.instanceOf(BrokerUnreachableError);
    }
    await broker().start();
    await prepare();
    await using again = await openSink(options(port));
    await again.send(outgoing(destination));
  });

  it('rejects messages in flight if the connection is cut', async () => {
    await prepare();
    await using proxy = await proxied();
    await using sink = await openSink({ ...options(proxy.port), confirm_timeout: 60_000 });
    await sink.send(outgoing(destination));
    proxy.swallow();
    const sending = [sink.send(outgoing(destination)), sink.send(outgoing(destination))].map(rejection);
    proxy.cut();
    for (const error of await Promise.all(sending)) {
      expect(error).to.be.instanceOf(Lost);
      expect((error as Lost).blamesMessage).to.equal(false);
    }
    expect(await lossOf(sink)).to.be.instanceOf(Lost);
  });

  it('is lost if the network does not respond', async () => {
    await prepare();
    await using proxy = await proxied();
    await using sink = await openSink({ ...options(proxy.port), confirm_timeout: 300 });
    await sink.send(outgoing(destination));
    proxy.swallow();
    const error = await rejection(sink.send(outgoing(destination)));
    expect(error).to.be.instanceOf(Lost);
    expect(error.message).to.contain('not confirmed within 300 ms');
  });

  it('fails to open if nothing answers', async () => {
    await using proxy = await proxied();
    proxy.swallow();
    const error = await rejection(openSink({ ...options(proxy.port), connect_timeout: 300 }));
    expect(error).to.be.instanceOf(BrokerUnreachableError);
  });
}
