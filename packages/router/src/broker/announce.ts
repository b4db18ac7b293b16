import { EMPTY_DICT, randomId, ValuesPayload } from '@pgwamp/protocol';
import type { Announce } from '../realm/context.ts';
import type { BrokerContext } from './context.ts';
import { deliver } from './deliver.ts';

const everyone = () => true;

/** Events of the router's own take the way of every other event; nobody is their publisher. */
export function announcing({ subscriptions, counters }: BrokerContext): Announce {
  return (topic, args, audience = everyone) => {
    const matching = subscriptions.matching(topic);
    if (matching.length === 0) return;
    const publication = { id: randomId(), topic, details: EMPTY_DICT, payload: new ValuesPayload([args]), audience };
    for (const subscription of matching) counters.events += deliver(publication, subscription);
  };
}
