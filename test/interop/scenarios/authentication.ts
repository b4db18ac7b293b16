import { expect } from 'chai';
import { people } from '../routers/configuration.ts';
import { failureOf } from '../wamp-failure.ts';
import type { Scenario, Stage } from './scenario.ts';

type Person = keyof typeof people;

function lets(person: Person) {
  return async ({ join }: Stage) => {
    const { authid, method } = people[person];
    const { welcome } = await join(people[person]);
    expect(welcome).to.include({ authid, authrole: 'user', authmethod: method });
  };
}

function refuses(person: Person, wrong: object) {
  return async ({ join }: Stage) => {
    const failure = await failureOf(join({ ...people[person], ...wrong }));
    expect(failure.uri).to.be.oneOf([
      'wamp.error.authentication_denied',
      'wamp.error.authentication_failed',
      'wamp.error.not_authorized',
    ]);
  };
}

async function anonymous({ join }: Stage) {
  const { welcome, session } = await join();
  expect(session).to.be.within(1, 2 ** 53);
  expect(welcome).to.include({ authrole: 'anonymous', authmethod: 'anonymous' });
}

const stranger = '0000000000000000000000000000000000000000000000000000000000000001';

export const authentication: readonly Scenario[] = [
  { name: 'lets anybody in as anonymous', run: anonymous, everyWire: true },
  { name: 'lets in with a ticket', run: lets('ticket') },
  { name: 'lets in with wampcra', run: lets('wampcra') },
  { name: 'lets in with salted wampcra', run: lets('salted') },
  { name: 'lets in with cryptosign', run: lets('cryptosign') },
  { name: 'refuses a wrong ticket', run: refuses('ticket', { ticket: 'guessed' }) },
  { name: 'refuses a wrong secret of wampcra', run: refuses('wampcra', { secret: 'guessed' }) },
  { name: 'refuses a wrong secret of salted wampcra', run: refuses('salted', { secret: 'guessed' }) },
  {
    name: 'refuses a key of cryptosign that it does not know',
    run: refuses('cryptosign', {
      privateKey: stranger,
      publicKey: '4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29',
    }),
  },
  { name: 'refuses somebody it does not know', run: refuses('ticket', { authid: 'nobody' }) },
];
