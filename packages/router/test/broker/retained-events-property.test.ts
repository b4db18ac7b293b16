import { NO_PAYLOAD } from '@pgwamp/protocol';
import { expect } from 'chai';
import { audienceKey, audienceOf } from '../../src/broker/audience.ts';
import type { StoredEvent } from '../../src/broker/event.ts';
import { RetainedEvents } from '../../src/broker/retained-events.ts';
import { type MatchPolicy, PatternMap } from '../../src/matching/pattern-map.ts';
import type { Session } from '../../src/session/session.ts';
import { randomNumbers, randomUri } from '../matching/random-uris.ts';

type Draw = (below: number) => number;

const POLICIES: readonly MatchPolicy[] = ['exact', 'prefix', 'wildcard'];
const ROLES = ['staff', 'guest', 'admin'];
const PUBLISHER = { id: 1_000 } as Session;

function randomSession(draw: Draw): Session {
  const id = 1 + draw(3);
  return { id, identity: { authid: `user${id}`, authrole: ROLES[draw(3)] } } as Session;
}

function randomOptions(draw: Draw): Record<string, unknown> {
  if (draw(3) === 0) return {};
  return {
    ...(draw(2) === 0 && { eligible_authrole: [ROLES[draw(3)], ROLES[draw(3)]] }),
    ...(draw(2) === 0 && { exclude: [1 + draw(3)] }),
    ...(draw(3) === 0 && { exclude_authid: ['user2'] }),
  };
}

function randomEvent(id: number, draw: Draw): StoredEvent {
  const options = randomOptions(draw);
  const audience = audienceOf(options, PUBLISHER);
  const rest = { details: {}, payload: NO_PAYLOAD, bytes: 1, time: 0, lastingAudience: audience };
  return { id, topic: randomUri(draw, false), audience, audienceKey: audienceKey(options), ...rest };
}

/** The last event of each topic that matches, of all that there have been for this session. */
function expectedIds(all: readonly StoredEvent[], session: Session, match: MatchPolicy, uri: string): number[] {
  const pattern = new PatternMap<true>();
  pattern.set(match, uri, true);
  const meant = all.filter(({ topic, audience }) => pattern.matching(topic).length > 0 && audience(session));
  return meant
    .filter(({ topic }, index) => !meant.slice(index + 1).some((later) => later.topic === topic))
    .map(({ id }) => id);
}

describe('Retained events with random audiences', () => {
  for (const seed of [1, 2, 3]) {
    it(`are the latest of each topic that the session would have received (seed ${seed})`, () => {
      const draw = randomNumbers(seed);
      const retained = new RetainedEvents({ events: 10_000, bytes: 10_000 });
      const all: StoredEvent[] = [];
      for (let id = 1; id <= 200; id++) {
        const event = randomEvent(id, draw);
        all.push(event);
        retained.keep(event);
        const session = randomSession(draw);
        const match = POLICIES[draw(3)] as MatchPolicy;
        const uri = randomUri(draw, match !== 'exact');
        const found = [...retained.for(session, match, uri)].map((kept) => kept.id);
        expect(found).to.eql(expectedIds(all, session, match, uri));
      }
    });
  }

  it('never exceed the limits in number and bytes', () => {
    const draw = randomNumbers(4);
    const retained = new RetainedEvents({ events: 20, bytes: 100 });
    for (let id = 1; id <= 1_000; id++) {
      retained.keep({ ...randomEvent(id, draw), bytes: draw(30) });
      const kept = [...retained.for({ id: 4, identity: { authid: '', authrole: 'guest' } } as Session, 'prefix', '')];
      expect(kept.length).to.be.at.most(20);
      expect(kept.reduce((sum, { bytes }) => sum + bytes, 0)).to.be.at.most(100);
    }
  });
});
