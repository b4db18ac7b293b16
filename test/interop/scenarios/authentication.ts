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
  { name: 'welcomes an anonymous client', run: anonymous, everyWire: true },
  { name: 'welcomes a client with its ticket', run: lets('ticket') },
  { name: 'welcomes a client by wampcra', run: lets('wampcra') },
  { name: 'welcomes a client by salted wampcra', run: lets('salted') },
  { name: 'welcomes a client by cryptosign', run: lets('cryptosign') },
  { name: 'refuses a wrong ticket', run: refuses('ticket', { ticket: 'guessed' }) },
  { name: 'refuses a wrong wampcra secret', run: refuses('wampcra', { secret: 'guessed' }) },
  { name: 'refuses a wrong salted wampcra secret', run: refuses('salted', { secret: 'guessed' }) },
  {
    name: 'refuses an unknown cryptosign key',
    run: refuses('cryptosign', {
      privateKey: stranger,
      publicKey: '4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29',
    }),
  },
  { name: 'refuses an unknown authid', run: refuses('ticket', { authid: 'nobody' }) },
];
