import { parseCalleeConfiguration } from '@pgwamp/callee';
import { parseCallerConfiguration } from '@pgwamp/caller';
import { parsePublisherConfiguration } from '@pgwamp/publisher';
import { parseSubscriberConfiguration } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { documents } from './support/documents.ts';

/** The functions that check the configurations of a page. */
const parsers: Readonly<Record<string, (configuration: never) => { readonly realm: string }>> = {
  'docs/callee.md': parseCalleeConfiguration,
  'docs/caller.md': parseCallerConfiguration,
  'docs/subscriber.md': parseSubscriberConfiguration,
};

describe('Configurations in the documents', () => {
  const configurations = documents()
    .flatMap(({ blocks }) => blocks)
    .filter(({ language, fragment, code }) => language === 'json' && !fragment && code.includes('"transport"'));

  for (const { place, code } of configurations) {
    it(`${place} is valid for its component`, () => {
      const literal = code.replace(/"\$[A-Z0-9_]+"/g, '"postgres://crossbar@127.0.0.1/mydb"');
      const parse = parsers[place.replace(/:\d+$/, '')] ?? parsePublisherConfiguration;
      expect(parse(JSON.parse(literal) as never).realm).to.equal('realm1');
    });
  }

  it('are found', () => expect(configurations).to.have.length.greaterThan(1));
});
