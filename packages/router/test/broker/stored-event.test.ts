import type { Content, Payload, Serializer } from '@pgwamp/protocol';
import { cbor, json, msgpack, NO_PAYLOAD, ValuesPayload } from '@pgwamp/protocol';
import { expect } from 'chai';
import { storedEvent } from '../../src/broker/event.ts';
import type { Session } from '../../src/session/session.ts';

const VALUES = [['text', 1.5, null], { key: [true] }];

function stored(payload: Payload, serializer: Serializer) {
  const publication = { id: 7, topic: 'com.example', details: {}, payload, audience: () => true };
  return storedEvent(publication, {}, { serializer } as Session);
}

function received(serializer: Serializer, padding: number): Payload {
  const head = [16, 1, { padding: 'x'.repeat(padding) }, 'com.example'];
  return serializer.payload(serializer.encode(head, new ValuesPayload(VALUES)) as Content, head.length);
}

describe('StoredEvent', () => {
  for (const serializer of [json, msgpack, cbor]) {
    it(`has its payload unchanged in ${serializer.name}`, () => {
      const payload = received(serializer, 0);
      const event = stored(payload, serializer);
      expect(event.payload.rawFor(serializer)).to.eql(payload.rawFor(serializer));
      expect(event.payload.values()).to.eql(VALUES);
    });

    it(`keeps no other bytes of the frame in ${serializer.name}`, () => {
      const event = stored(received(serializer, 100_000), serializer);
      const raw = event.payload.rawFor(serializer) as Content;
      expect(event.bytes).to.be.below(100);
      if (typeof raw !== 'string') expect(raw.buffer.byteLength).to.be.below(100);
    });

    it(`may have no payload in ${serializer.name}`, () => {
      expect(stored(NO_PAYLOAD, serializer).payload.values()).to.eql([]);
    });
  }
});
