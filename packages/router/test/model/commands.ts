import fc from 'fast-check';
import { anyMessage } from './messages.ts';

/** Who acts: a number that stands for one of the connections that are open at that time. */
interface By {
  readonly by: number;
}

interface Connect {
  readonly do: 'connect';
  readonly authid: string;
  readonly authrole: string;
  /** What its HELLO announces, as `callee.call_canceling`. */
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

const send = fc.record({ do: fc.constant('send' as const), by, message: anyMessage });

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

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 80, arbitrary: send },
  { weight: 8, arbitrary: connect },
  { weight: 1, arbitrary: connectSilently },
  { weight: 3, arbitrary: pass },
  { weight: 1, arbitrary: cut },
  { weight: 1, arbitrary: sendText },
);

/** Some clients join, and then anything may happen. */
export const sequences = fc
  .tuple(fc.array(connect, { minLength: 2, maxLength: 3 }), fc.array(command, { maxLength: 60, size: 'max' }))
  .map(([first, rest]): readonly Command[] => [...first, ...rest]);
