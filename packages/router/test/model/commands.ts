import fc from 'fast-check';
import { retainedMessage } from './broker-messages.ts';
import { busyMessage } from './dealer-messages.ts';
import type { Template } from './message-values.ts';
import { anyMessage } from './messages.ts';

/** The acting connection: an index among the connections that are open at that time. */
interface By {
  readonly by: number;
}

interface Connect {
  readonly do: 'connect';
  readonly authid: string;
  readonly authrole: string;
  /** The features that its HELLO announces, as `callee.call_canceling`. */
  readonly features: readonly string[];
  /** Whether it says no HELLO. */
  readonly isSilent: boolean;
}

/** One step of a sequence, in plain data, so that a counterexample can be read and made shorter. */
export type Command =
  | Connect
  | ({ readonly do: 'send'; readonly message: unknown } & By)
  | ({ readonly do: 'send text'; readonly text: string } & By)
  | ({ readonly do: 'cut' } & By)
  | { readonly do: 'pass'; readonly ms: number };

const FEATURES = [
  'caller.progressive_call_results',
  'caller.progressive_call_invocations',
  'callee.progressive_call_results',
  'callee.progressive_call_invocations',
  'callee.call_canceling',
  'callee.call_timeout',
  'callee.registration_revocation',
];

// Most clients can do everything: what one cannot do is an exception of the specification.
const features = fc.oneof(
  { weight: 3, arbitrary: fc.constant(FEATURES) },
  { weight: 1, arbitrary: fc.subarray(FEATURES) },
);

const connect = fc.record({
  do: fc.constant('connect' as const),
  authid: fc.constantFrom('joe', 'ann'),
  authrole: fc.constantFrom('staff', 'guest'),
  features,
  isSilent: fc.constant(false),
});

const connectSilently = connect.map((command) => ({ ...command, isSilent: true }));

const by = fc.nat(9);

const sendText = fc.record({
  do: fc.constant('send text' as const),
  by,
  text: fc.constantFrom(
    'hello',
    '',
    '{}',
    '[]',
    'null',
    '[16',
    '[99,1,{}]',
    '["16",1,{},"a"]',
    '[2,1,{}]',
    '[36,1,1,{}]',
  ),
});

const cut = fc.record({ do: fc.constant('cut' as const), by });

const pass = fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 10, 10, 25, 100, 2_500) });

/** Some clients join, and then they send messages of some kind, and other things happen. */
function sequencesOf(message: fc.Arbitrary<Template>): fc.Arbitrary<readonly Command[]> {
  const command: fc.Arbitrary<Command> = fc.oneof(
    { weight: 80, arbitrary: fc.record({ do: fc.constant('send' as const), by, message }) },
    { weight: 8, arbitrary: connect },
    { weight: 1, arbitrary: connectSilently },
    { weight: 4, arbitrary: pass },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: sendText },
  );
  const first = fc.array(connect, { minLength: 2, maxLength: 3 });
  return fc.tuple(first, fc.array(command, { maxLength: 60, size: 'max' })).map((parts) => parts.flat());
}

/** Most sequences are of everything; some are of that of which much has to come together. */
export const sequences = fc.oneof(
  { weight: 6, arbitrary: sequencesOf(anyMessage) },
  { weight: 2, arbitrary: sequencesOf(retainedMessage) },
  { weight: 1, arbitrary: sequencesOf(busyMessage('single')) },
  { weight: 1, arbitrary: sequencesOf(busyMessage('first')) },
  { weight: 1, arbitrary: sequencesOf(busyMessage('last')) },
  { weight: 2, arbitrary: sequencesOf(busyMessage('roundrobin')) },
  { weight: 1, arbitrary: sequencesOf(busyMessage('random')) },
);
