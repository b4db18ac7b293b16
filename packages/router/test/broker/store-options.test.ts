import { expect } from 'chai';
import { createRouter, RouterOptionError, type StoreOptions } from '../../src/index.ts';

describe('Store of a realm', () => {
  for (const [store, message] of [
    [{ type: 'lmdb' }, 'realms[0].store.type: expected "memory", found "lmdb"'],
    [{ type: 'memory', limit: 0 }, 'realms[0].store.limit: '],
    [{ type: 'memory', 'call-queue': [] }, 'realms[0].store.call-queue: unknown key'],
    [{ type: 'memory', 'event-history': [{ uri: 'com..a' }] }, 'realms[0].store.event-history[0].uri: expected a URI'],
    [{ type: 'memory', 'event-history': [{ uri: 'a', match: 'regex' }] }, 'realms[0].store.event-history[0].match: '],
    [{ type: 'memory', 'event-history': [{ uri: 'a' }, { uri: 'a', match: 'exact' }] }, 'each URI only once'],
  ] as const) {
    it(`refuses the store ${JSON.stringify(store)}`, () => {
      const realm = { name: 'realm1', store: store as unknown as StoreOptions };
      expect(() => createRouter({ realms: [realm] })).to.throw(RouterOptionError, message);
    });
  }
});
