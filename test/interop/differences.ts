import type { Wire } from './clients/client.ts';
import type { Library } from './scenarios/scenario.ts';

/** The failure of a scenario whose expected message never arrives. */
export const SILENCE = /waited \d+ ms/;

/** A difference of Crossbar.io from the specification or from @pgwamp/router. */
export interface Difference {
  /** The name of the scenario. */
  readonly scenario: string;
  /** The client libraries that show it; all if absent. */
  readonly libraries?: readonly Library[];
  readonly serializers?: readonly Wire['serializer'][];
  /** The message of the scenario's failure. */
  readonly seen: RegExp;
  /** The behavior of Crossbar.io, and why pgwamp differs; in Markdown, for docs/router-differences.md. */
  readonly reason: string;
}

/** The differences of Crossbar.io 26.10.1. A scenario named here must fail there, in the described way. */
export const differences: readonly Difference[] = [
  {
    scenario: 'accepts a subscription of the library without options',
    libraries: ['Wampy.js'],
    serializers: ['msgpack', 'cbor'],
    seen: /Websocket error/,
    reason:
      'Wampy.js sends absent options as `undefined`, and Crossbar.io closes the connection. This router reads `undefined` as absent.',
  },
  {
    scenario: 'applies exclude and eligible by session',
    libraries: ['Wampy.js'],
    serializers: ['cbor'],
    seen: /Websocket error/,
    reason:
      'In CBOR Wampy.js writes session ids as floating-point numbers, and Crossbar.io closes the connection. This router accepts a whole number in every encoding.',
  },
  {
    scenario: 'sends an event with an empty eligible list to nobody',
    seen: /'for nobody'/,
    reason:
      'It ignores `eligible: []` and sends the event to everybody. In this router an empty list makes nobody eligible.',
  },
  {
    scenario: 'discloses a publisher that requests it',
    seen: /property 'publisher'/,
    reason:
      'It ignores `disclose_me`: only the permissions of a role decide. In this router the role may force disclosure, and a client may request it.',
  },
  {
    scenario: 'discloses a caller that requests it',
    seen: /property 'caller'/,
    reason: 'The same for calls.',
  },
  {
    scenario: 'sends a retained event to a new prefix subscriber',
    seen: SILENCE,
    reason: 'It gives retained events to exact subscriptions only. The specification makes no such exception.',
  },
  {
    scenario: 'cancels a call by skip at once, without an INTERRUPT',
    seen: SILENCE,
    reason: 'It never answers a CANCEL of mode `skip`. The specification requires `wamp.error.canceled` at once.',
  },
  {
    scenario: 'cancels a call to the client library, which still answers others',
    libraries: ['AutobahnJS', 'Wampy.js'],
    seen: SILENCE,
    reason: 'It falls back to `skip` for a callee that has not announced `call_canceling`, and so never answers.',
  },
  {
    scenario: 'ends a call after its timeout in milliseconds',
    seen: SILENCE,
    reason: 'It reads `timeout` as seconds. The specification defines milliseconds.',
  },
  {
    scenario: 'answers a malformed URI with an ERROR',
    seen: /1011/,
    reason:
      'It closes the connection with 1011. The specification defines `wamp.error.invalid_uri`, and the session continues.',
  },
  {
    scenario: 'answers a malformed message with ABORT',
    seen: /undefined/,
    reason:
      'It closes the connection without a message. The specification defines ABORT with `wamp.error.protocol_violation`.',
  },
  {
    scenario: 'answers GOODBYE with goodbye_and_out',
    seen: /wamp\.close\.normal/,
    reason: 'It answers with `wamp.close.normal`. The specification defines `wamp.close.goodbye_and_out`.',
  },
  {
    scenario: 'lists exact, prefix and wildcard subscriptions',
    seen: /to include/,
    reason: 'Its list of the wildcard subscriptions is always empty.',
  },
  {
    scenario: 'answers a posted event with a malformed topic with its error',
    seen: /500/,
    reason:
      'It answers with status 500. Both routers answer every other WAMP error with status 200 and `{"error": …}`.',
  },
];
