// npm run bench -- publisher|proxy|router|callee|subscriber|caller|gateway|node [part …]: measures against controls in the same run, and prints
// ratios. npm run bench -- scaling: simulates a tree of routers with what was measured. npm run bench -- ways: counts the
// files and functions of ours that one operation runs, and BENCH_WAYS=list names them.
import { calleeParts } from './callee/index.ts';
import { callerParts } from './caller/index.ts';
import { gatewayParts } from './gateway/index.ts';
import { nodeParts } from './node/index.ts';
import { proxyParts } from './proxy/index.ts';
import { publisherParts } from './publisher/index.ts';
import { runParts } from './report.ts';
import { routerParts } from './router/index.ts';
import { scalingParts } from './scaling/index.ts';
import { subscriberParts } from './subscriber/index.ts';
import { wayParts } from './ways/index.ts';

const [subject = 'publisher', ...names] = process.argv.slice(2);
const subjects = {
  publisher: publisherParts,
  proxy: proxyParts,
  router: routerParts,
  callee: calleeParts,
  subscriber: subscriberParts,
  caller: callerParts,
  gateway: gatewayParts,
  node: nodeParts,
  scaling: scalingParts,
  ways: wayParts,
};
const parts = subjects[subject as keyof typeof subjects];
if (!parts) throw new Error(`there is no bench ${subject}; there is ${Object.keys(subjects).join(', ')}`);
process.exitCode = (await runParts(parts, names)) ? 0 : 1;
