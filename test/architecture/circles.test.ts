import { expect } from 'chai';
import { circlesOf } from './circles.ts';
import { sourceFile, sourceFiles } from './source-files.ts';

/** Files of circles that are not broken yet. */
const known = new Set([
  'packages/callee/src/callee.ts',
  'packages/callee/src/metrics.ts',
  'packages/caller/src/caller.ts',
  'packages/caller/src/metrics.ts',
  'packages/core/src/functions/endpoints/endpoint-catalog.ts',
  'packages/core/src/functions/endpoints/endpoint-status.ts',
  'packages/core/src/functions/endpoints/endpoint-tables.ts',
  'packages/core/src/functions/endpoints/endpoint-watch.ts',
  'packages/publisher/src/metrics.ts',
  'packages/publisher/src/publisher.ts',
  'packages/router/src/broker/deliver.ts',
  'packages/router/src/broker/event-buffer.ts',
  'packages/router/src/broker/stored-event.ts',
  'packages/router/src/broker/subscription.ts',
  'packages/router/src/dealer/endpoint.ts',
  'packages/router/src/dealer/pending-call.ts',
  'packages/router/src/dealer/registration.ts',
  'packages/router/src/dealer/waiting-calls.ts',
  'packages/subscriber/src/keep-desk.ts',
  'packages/subscriber/src/keep-session.ts',
  'packages/subscriber/src/metrics.ts',
  'packages/subscriber/src/serve.ts',
  'packages/subscriber/src/subscriber.ts',
]);

describe('import circles, types included', () => {
  it('are none in any package', () => {
    const circles = circlesOf(sourceFiles('packages/*/src/**/*.ts'));
    expect(circles.filter((files) => files.some((file) => !known.has(file)))).to.deep.equal([]);
  });

  it('are found, however long', () => {
    const files = [
      sourceFile('a/1.ts', `import type { Two } from './2.ts'; import '../b/alone.ts';`),
      sourceFile('a/2.ts', `export * from './3.ts';`),
      sourceFile('a/3.ts', `const one = await import('./1.ts');`),
      sourceFile('b/alone.ts', `import '../a/missing.ts';`),
      sourceFile('b/one.ts', `import './two.ts'; import '../a/1.ts';`),
      sourceFile('b/two.ts', `import './one.ts';`),
    ];
    expect(circlesOf(files)).to.deep.equal([
      ['a/1.ts', 'a/2.ts', 'a/3.ts'],
      ['b/one.ts', 'b/two.ts'],
    ]);
  });
});
