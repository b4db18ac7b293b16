import { expect } from 'chai';
import { forbiddenImports, intrusions } from './import-rules.ts';
import { type Manifest, manifests, sourceFile, sourceFiles } from './source-files.ts';

function manifest(name: string, ...entryPoints: string[]): Manifest {
  return { name, entryPoints: [name, ...entryPoints], dependencies: [], devDependencies: [], optionalPeers: [] };
}

const components = ['publisher', 'subscriber', 'callee', 'caller'];

/** A workspace that resembles ours. */
const packages = new Map<string, Manifest>([
  ['core', manifest('@pgwamp/core', '@pgwamp/core/internal/wamp')],
  ['harness', manifest('@pgwamp/harness', '@pgwamp/harness/fixtures/*')],
  ['node', manifest('pgwamp')],
  ...[...components, 'protocol', 'config', 'router', 'console', 'gateway', 'proxy'].map(
    (folder): [string, Manifest] => [folder, manifest(`@pgwamp/${folder}`)],
  ),
]);

/** The violations in one made-up file. */
function faults(path: string, text: string): string[] {
  const files = [sourceFile(path, text)];
  return /^packages\/\w+\/src\//.test(path) ? forbiddenImports(files, packages) : intrusions(files, packages);
}

const allowed: Readonly<Record<string, [path: string, text: string]>> = {
  'node imports the components': ['packages/node/src/a.ts', `import { P } from '@pgwamp/publisher';`],
  'node imports the router': ['packages/node/src/a.ts', `export * from '@pgwamp/router';`],
  'a component imports an entry point of core': ['packages/publisher/src/a.ts', `import { c } from '@pgwamp/config';`],
  'a package imports npm and Node': ['packages/router/src/a.ts', `import ws from 'ws'; import 'node:net';`],
  'core imports PostgreSQL clients in postgres/': ['packages/core/src/postgres/a.ts', `import pg from 'pg';`],
  'core imports PostgreSQL clients in sources/': ['packages/core/src/sources/a.ts', `import { f } from 'pg-format';`],
  'core imports AutobahnJS in one folder': ['packages/core/src/wamp/autobahn/a.ts', `import autobahn from 'autobahn';`],
  'the pipeline imports errors': ['packages/core/src/pipeline/a.ts', `import { E } from '../errors.ts';`],
  'the gateway imports core': ['packages/gateway/src/a.ts', `import '@pgwamp/core/internal/wamp';`],
  'the harness imports the components': ['packages/harness/src/a.ts', `import { P } from '@pgwamp/publisher';`],
  'the harness imports pg': ['packages/harness/src/a.ts', `import pg from 'pg';`],
  'a test imports the sources of its package': ['packages/core/test/a.test.ts', `import '../src/wamp/session.ts';`],
  'a test imports a fixture': ['packages/core/test/a.test.ts', `import '@pgwamp/harness/fixtures/join';`],
  'an example imports the published packages': [
    'examples/demo/a.ts',
    `import { P } from 'pgwamp'; import '../steps.ts';`,
  ],
  'a test imports a script': ['test/docs/a.test.ts', `import '../../scripts/errors/page.ts';`],
  'a folder of core imports the entry point of another': [
    'packages/core/src/sources/a.ts',
    `import '../postgres/index.ts';`,
  ],
  'a folder of core imports a file of the top': ['packages/core/src/wamp/a.ts', `import { E } from '../errors.ts';`],
  'a folder of core imports itself': ['packages/core/src/wamp/a.ts', `import './b.ts'; import './deep/c.ts';`],
  'statements import routines': ['packages/core/src/functions/statements/a.ts', `import '../routines/b.ts';`],
  'the top of functions imports its folders': ['packages/core/src/functions/a.ts', `import './execution/b.ts';`],
  'another package imports across its own folders': ['packages/router/src/a/b.ts', `import '../c/d.ts';`],
  'a session of the router imports transports': ['packages/router/src/session/a.ts', `import '../transports/b.ts';`],
  'a comment is no import': ['packages/router/src/a.ts', `// import '@pgwamp/config';`],
};

const forbidden: Readonly<Record<string, [path: string, text: string]>> = {
  'a component imports another': ['packages/publisher/src/a.ts', `import '@pgwamp/subscriber';`],
  'a component imports the router': ['packages/caller/src/a.ts', `import { R } from '@pgwamp/router';`],
  'a component imports node': ['packages/callee/src/a.ts', `import type { N } from 'pgwamp';`],
  'a component imports pg': ['packages/publisher/src/a.ts', `import pg from 'pg';`],
  'a component imports autobahn': ['packages/subscriber/src/a.ts', `import autobahn from 'autobahn';`],
  'core imports a component': ['packages/core/src/wamp/a.ts', `export { P } from '@pgwamp/publisher';`],
  'core imports itself by its name': ['packages/core/src/wamp/a.ts', `import '@pgwamp/core/internal/wamp';`],
  'the router imports core': ['packages/router/src/a.ts', `import type { E } from '@pgwamp/core';`],
  'the router imports pg': ['packages/router/src/a.ts', `const pg = await import('pg');`],
  'the console imports core': ['packages/console/src/a.ts', `import '@pgwamp/core';`],
  'postgres imports wamp': ['packages/core/src/postgres/a.ts', `import '../wamp/index.ts';`],
  'wamp imports postgres': ['packages/core/src/wamp/deep/a.ts', `import '../../postgres/index.ts';`],
  'a second file imports autobahn': ['packages/core/src/wamp/session.ts', `import type { S } from 'autobahn';`],
  'core imports pg-format outside its folders': ['packages/core/src/component/a.ts', `import { w } from 'pg-format';`],
  'the pipeline imports PostgreSQL': ['packages/core/src/pipeline/a.ts', `import { C } from '../postgres/index.ts';`],
  'the pipeline imports json.ts': ['packages/core/src/pipeline/a.ts', `import { parse } from '../json.ts';`],
  'the gateway imports the router': ['packages/gateway/src/a.ts', `import '@pgwamp/router';`],
  'the proxy imports a component': ['packages/proxy/src/a.ts', `import '@pgwamp/publisher';`],
  'the protocol imports the configuration': ['packages/protocol/src/a.ts', `import '@pgwamp/config';`],
  'the configuration imports the protocol': ['packages/config/src/a.ts', `import '@pgwamp/protocol';`],
  'a component imports the harness': ['packages/callee/src/a.ts', `import '@pgwamp/harness';`],
  'a test imports the sources of another package': ['packages/core/test/a.test.ts', `import '../../router/src/a.ts';`],
  'a test imports the tests of another package': ['packages/core/test/a.test.ts', `import '../../router/test/a.ts';`],
  'a test imports past an entry point': ['packages/core/test/a.test.ts', `import '@pgwamp/router/src/a.ts';`],
  'a test of several packages imports past its entry point': [
    'test/sql/a.test.ts',
    `import '../../packages/core/src/a.ts';`,
  ],
  'a bench imports past an entry point': ['bench/a.ts', `import '../packages/core/src/a.ts';`],
  'an example imports the harness': ['examples/demo/a.ts', `import '@pgwamp/harness';`],
  'an example imports a file outside the examples': ['examples/demo/a.ts', `import '../../bench/a.ts';`],
  'core imports a file inside pg': ['packages/core/src/wamp/a.ts', `import 'pg/lib/utils.js';`],
  'a component imports a file of core past its entry points': [
    'packages/publisher/src/a.ts',
    `import '@pgwamp/core/src/config/parse.ts';`,
  ],
  'node imports core by an unknown entry point': ['packages/node/src/a.ts', `import '@pgwamp/core/wamp';`],
  'node imports a file of a component past its entry point': [
    'packages/node/src/a.ts',
    `import '@pgwamp/publisher/src/sink.ts';`,
  ],
  'a folder of core imports past the entry point of another': [
    'packages/core/src/sources/a.ts',
    `import '../postgres/pool.ts';`,
  ],
  'the top of core imports past an entry point': ['packages/core/src/a.ts', `import './postgres/pool.ts';`],
  'an endpoint imports the execution': ['packages/core/src/functions/endpoints/a.ts', `import '../execution/b.ts';`],
  'a routine imports the function host': ['packages/core/src/functions/routines/a.ts', `import '../function-host.ts';`],
  'a transport imports a realm': ['packages/router/src/transports/a.ts', `import type { R } from '../realm/realm.ts';`],
  'the broker imports the dealer': ['packages/router/src/broker/a.ts', `import '../dealer/dealer.ts';`],
  'a package imports a relative path of another package': [
    'packages/node/src/a.ts',
    `import '../../router/src/index.ts';`,
  ],
};

describe('Architecture', () => {
  it('allows every import of every package', () => {
    const sources = sourceFiles('packages/*/src/**/*.ts');
    expect(sources).not.to.have.length(0);
    expect(forbiddenImports(sources, manifests())).to.deep.equal([]);
  });

  it('allows no import from outside except the entry points of a package', () => {
    const files = sourceFiles('{test,bench,examples,scripts}/**/*.ts', 'packages/*/test/**/*.ts');
    expect(intrusions(files, manifests())).to.deep.equal([]);
  });

  describe('Import rules: allowed', () => {
    for (const [title, [path, text]] of Object.entries(allowed)) {
      it(title, () => expect(faults(path, text)).to.deep.equal([]));
    }
  });

  describe('Import rules: forbidden', () => {
    for (const [title, [path, text]] of Object.entries(forbidden)) {
      it(title, () => expect(faults(path, text)).to.have.length(1));
    }
  });
});
