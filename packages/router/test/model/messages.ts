import fc from 'fast-check';
import { brokerMessage } from './broker-messages.ts';
import { dealerMessage } from './dealer-messages.ts';
import { index, type Template, WRONG } from './message-values.ts';

const regular = fc.oneof({ weight: 20, arbitrary: brokerMessage }, { weight: 40, arbitrary: dealerMessage });

const final = fc.constantFrom<Template[]>(
  [6, {}, 'wamp.close.normal'],
  [3, {}, 'wamp.close.normal'],
  [1, 'realm1', { roles: { caller: {} } }],
);

const shortened = fc.tuple(regular, index).map(([template, length]) => template.slice(0, length));

/** With one element that is wrong, or one too many. */
const spoilt = fc.tuple(regular, index, fc.constantFrom(...WRONG)).map(([template, at, wrong]): Template => {
  const place = Math.min(at, template.length);
  return [...template.slice(0, place), wrong, ...template.slice(place + 1)];
});

/** Any message; most of them make sense. */
export const anyMessage: fc.Arbitrary<Template> = fc.oneof(
  { weight: 180, arbitrary: regular },
  { weight: 2, arbitrary: spoilt },
  { weight: 1, arbitrary: shortened },
  { weight: 2, arbitrary: final },
);
