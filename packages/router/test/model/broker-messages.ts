import fc from 'fast-check';
import {
  listOption,
  matched,
  message,
  option,
  referring,
  request,
  type Template,
  uri,
  withPayload,
} from './message-values.ts';
import { ref } from './refs.ts';

const META_TOPICS = [
  'wamp.session.on_join',
  'wamp.session.on_leave',
  'wamp.subscription.on_create',
  'wamp.registration.',
];

const subscribedTo = fc.oneof(
  { weight: 8, arbitrary: matched },
  {
    weight: 1,
    arbitrary: fc.record({ uri: fc.constantFrom(...META_TOPICS), match: fc.constantFrom(undefined, 'prefix') }),
  },
);

function subscribeTo(target: fc.Arbitrary<{ uri: string; match: unknown }>): fc.Arbitrary<Template> {
  return fc
    .tuple(target, option(true, true, false))
    .map(
      ([{ uri: topic, match }, retained]): Template => [
        32,
        ref('request', 0),
        { match, get_retained: retained },
        topic,
      ],
    );
}

const unsubscribe = message(34, request, referring('subscription'));

const sessions = listOption(referring('session'));
const authids = listOption(fc.constantFrom('joe', 'ann', 'nobody'));
const authroles = listOption(fc.constantFrom('staff', 'guest', 'nobody'));

const publishOptions = fc.record({
  acknowledge: fc.constantFrom<unknown[]>(true, true, false, undefined, 'x'),
  exclude_me: option(true, false),
  disclose_me: option(true, false),
  retain: option(true, false),
  exclude: sessions,
  eligible: sessions,
  exclude_authid: authids,
  eligible_authid: authids,
  exclude_authrole: authroles,
  eligible_authrole: authroles,
});

const publish = withPayload(message(16, request, publishOptions, uri));

/** The messages of publishers and subscribers. */
export const brokerMessage = fc.oneof(
  { weight: 8, arbitrary: subscribeTo(subscribedTo) },
  { weight: 2, arbitrary: unsubscribe },
  { weight: 10, arbitrary: publish },
);

const fewPatterns = fc.constantFrom<{ uri: string; match: unknown }[]>(
  { uri: 'a.b', match: 'exact' },
  { uri: 'a', match: 'prefix' },
  { uri: 'a.', match: 'wildcard' },
);

const retaining = fc.record({
  acknowledge: fc.constant(true),
  exclude_me: fc.constantFrom(undefined, false),
  retain: fc.constant(true),
  eligible_authid: fc.constantFrom(undefined, undefined, ['joe'], ['ann']),
  exclude_authrole: fc.constantFrom(undefined, undefined, undefined, ['guest']),
});

/** A few topics, for which much is retained. */
export const retainedMessage = fc.oneof(
  { weight: 6, arbitrary: subscribeTo(fewPatterns) },
  { weight: 4, arbitrary: unsubscribe },
  { weight: 8, arbitrary: withPayload(message(16, request, retaining, fc.constantFrom('a.b', 'a.c'))) },
  { weight: 2, arbitrary: publish },
);
