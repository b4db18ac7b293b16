import type { Wire } from './clients/client.ts';
import type { Library } from './scenarios/scenario.ts';

/** How a scenario fails that waits for something that never comes. */
export const SILENCE = /waited \d+ ms/;

/** Something in which Crossbar.io is not as the specification, or @pgwamp/router, has it. */
export interface Difference {
  /** The name of the scenario. */
  readonly scenario: string;
  /** Where it shows; everywhere if absent. */
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
    scenario: 'takes a subscription as the library sends it without options',
    libraries: ['Wampy.js'],
    serializers: ['msgpack', 'cbor'],
    seen: /Websocket error/,
    reason:
      'Wampy.js sends options that are left out as `undefined`, for which Crossbar.io closes the connection. We take it for absent.',
  },
  {
    scenario: 'excludes subscribers, and chooses them, by session',
    libraries: ['Wampy.js'],
    serializers: ['cbor'],
    seen: /Websocket error/,
    reason:
      'In CBOR Wampy.js writes session ids as floating-point numbers, for which Crossbar.io closes the connection. We take a whole number for an id, however it is written.',
  },
  {
    scenario: 'brings an event that nobody is eligible for to nobody',
    seen: /'for nobody'/,
    reason:
      'It takes `eligible: []` for no list at all, and the event goes to everybody. An empty list of the eligible lets nobody through.',
  },
  {
    scenario: 'discloses a publisher that asks for it',
    seen: /property 'publisher'/,
    reason:
      'It ignores `disclose_me`: only the permissions of a role decide. With us they may force it, and a client may ask for it.',
  },
  {
    scenario: 'discloses a caller that asks for it',
    seen: /property 'caller'/,
    reason: 'The same for calls.',
  },
  {
    scenario: 'brings a retained event to a later subscriber by prefix',
    seen: SILENCE,
    reason: 'It gives retained events to exact subscriptions only. The specification makes no such exception.',
  },
  {
    scenario: 'cancels a call with skip at once, and leaves the callee alone',
    seen: SILENCE,
    reason:
      'It never answers a CANCEL of mode `skip`. The specification has it answered at once with `wamp.error.canceled`.',
  },
  {
    scenario: 'cancels a call to a callee of this library, which goes on to work',
    libraries: ['AutobahnJS', 'Wampy.js'],
    seen: SILENCE,
    reason: 'It falls back to `skip` for a callee that has not announced `call_canceling`, and so never answers.',
  },
  {
    scenario: 'ends a call after its timeout in milliseconds',
    seen: SILENCE,
    reason: 'It takes `timeout` for seconds. The specification has milliseconds.',
  },
  {
    scenario: 'answers a malformed URI with an ERROR',
    seen: /1011/,
    reason:
      'It closes the connection with 1011. The specification has `wamp.error.invalid_uri` for it; nothing else of the session suffers.',
  },
  {
    scenario: 'answers a malformed message with ABORT',
    seen: /undefined/,
    reason:
      'It closes the connection without a word. The specification has ABORT with `wamp.error.protocol_violation`.',
  },
  {
    scenario: 'answers GOODBYE with goodbye_and_out',
    seen: /wamp\.close\.normal/,
    reason: 'It answers with `wamp.close.normal`. The specification has `wamp.close.goodbye_and_out`.',
  },
  {
    scenario: 'lists subscriptions of all three kinds',
    seen: /to include/,
    reason: 'Its list of the wildcard subscriptions is always empty.',
  },
  {
    scenario: 'answers a posted publication to a malformed topic with the error',
    seen: /500/,
    reason: 'It answers with status 500. Both answer every other WAMP error with status 200 and `{"error": …}`.',
  },
];
