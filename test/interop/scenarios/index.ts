import { authentication } from './authentication.ts';
import { calls } from './calls.ts';
import { cancellation } from './cancellation.ts';
import { disclosure } from './disclosure.ts';
import { http } from './http.ts';
import { patterns } from './patterns.ts';
import { protocol } from './protocol.ts';
import { publishSubscribe } from './publish-subscribe.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: readonly Scenario[] = [
  ...publishSubscribe,
  ...patterns,
  ...calls,
  ...disclosure,
  ...cancellation,
  ...authentication,
  ...protocol,
  ...http,
];
