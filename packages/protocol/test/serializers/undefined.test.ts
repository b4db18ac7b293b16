import { cbor, json, msgpack } from '@pgwamp/protocol';
import { Encoder as CborEncoder } from 'cbor-x';
import { expect } from 'chai';
import { Packr } from 'msgpackr';

const formats = [
  { serializer: msgpack, other: new Packr({ useRecords: false }) },
  { serializer: cbor, other: new CborEncoder({ useRecords: false }) },
];

for (const { serializer, other } of formats) {
  describe(`undefined in ${serializer.name}`, () => {
    it('is removed from the options of a message', () => {
      const frame = other.encode([32, 1, { match: undefined, get_retained: true }, 'com.example.topic']);
      expect(serializer.parse(frame, 8)).to.deep.equal([32, 1, { get_retained: true }, 'com.example.topic']);
    });

    it('is removed from a dictionary of the payload for a peer with JSON', () => {
      const frame = other.encode([16, 1, {}, 'com.example.topic', [], { absent: undefined, present: 1 }]);
      serializer.parse(frame, 8);
      const text = json.encode([36], serializer.payload(frame, 4));
      expect(JSON.parse(text as string)).to.deep.equal([36, [], { present: 1 }]);
    });
  });
}
