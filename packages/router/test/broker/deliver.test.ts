import type { Frame, Framing, Serializer } from '@pgwamp/protocol';
import { cbor, json, msgpack, ValuesPayload } from '@pgwamp/protocol';
import { expect } from 'chai';
import { deliver } from '../../src/broker/deliver.ts';
import { Subscription } from '../../src/broker/subscription.ts';
import { ClientFeatures } from '../../src/session/features.ts';
import { Session } from '../../src/session/session.ts';

const IDENTITY = { authid: 'joe', authrole: 'staff', authmethod: 'anonymous', authprovider: 'static' };

/** A serializer that keeps all it has written. */
function recording(serializer: Serializer): { serializer: Serializer; written: unknown[] } {
  const written: unknown[] = [];
  const encode: Serializer['encode'] = (head, payload) => {
    const content = serializer.encode(head, payload);
    written.push(content);
    return content;
  };
  return { serializer: Object.create(serializer, { encode: { value: encode } }), written };
}

function sessionFor(id: number, serializer: Serializer, frames: Frame[]): Session {
  return new Session({
    id,
    realm: 'realm1',
    identity: IDENTITY,
    role: undefined,
    features: new ClientFeatures({}),
    serializer,
    transport: { kind: 'memory', peer: 'process', bufferedAmount: 0 },
    outbound: { send: (frame) => frames.push(frame) },
    close: () => {},
    onError: fail,
  });
}

function fail(error: Error): never {
  throw error;
}

describe('Delivery of an event', () => {
  it('serializes and frames it once for each serializer, for any number of receivers', () => {
    const [text, binary] = [recording(json), recording(msgpack)];
    const [subscription, frames] = [new Subscription(1, 'exact', 'com.example'), [] as Frame[]];
    for (let id = 1; id <= 5_000; id++) {
      subscription.subscribers.add(sessionFor(id, (id % 2 === 0 ? text : binary).serializer, frames));
    }
    const payload = new ValuesPayload([['hello']]);
    const publication = { id: 7, topic: 'com.example', details: {}, payload, audience: () => true };
    expect(deliver(publication, subscription, fail)).to.equal(5_000);
    expect(text.written).to.eql(['[36,1,7,{},["hello"]]']);
    expect(binary.written).to.have.length(1);
    expect(frames).to.have.length(5_000);
    let framings = 0;
    const framing: Framing = {
      sizeOf: (content) => content.length,
      write: () => {
        framings++;
      },
    };
    for (const frame of frames) frame.wire(framing);
    expect(framings).to.equal(2);
  });

  it('serializes nothing if no subscriber is eligible', () => {
    const { serializer, written } = recording(json);
    const subscription = new Subscription(1, 'exact', 'com.example');
    subscription.subscribers.add(sessionFor(1, serializer, []));
    const payload = new ValuesPayload([]);
    const publication = { id: 7, topic: 'com.example', details: {}, payload, audience: () => false };
    expect(deliver(publication, subscription, fail)).to.equal(0);
    expect(written).to.eql([]);
  });

  it('omits receivers for which it cannot be serialized, and reports that once', () => {
    const broken: Serializer = Object.create(cbor, { encode: { value: () => fail(new RangeError('too much')) } });
    const [subscription, frames, errors] = [new Subscription(1, 'exact', 'com.example'), [] as Frame[], [] as Error[]];
    for (const [index, serializer] of [json, broken, msgpack, broken, json].entries()) {
      subscription.subscribers.add(sessionFor(index + 1, serializer, frames));
    }
    const payload = new ValuesPayload([['hello']]);
    const publication = { id: 7, topic: 'com.example', details: {}, payload, audience: () => true };
    expect(deliver(publication, subscription, (error) => errors.push(error))).to.equal(3);
    expect(frames).to.have.length(3);
    expect(errors.map(({ message }) => message)).to.eql(['too much']);
  });
});
