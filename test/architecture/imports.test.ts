import { expect } from 'chai';
import { forbiddenImports } from './import-rules.ts';
import { type Doors, packageDoors, packageSources, sourceFile } from './source-imports.ts';

const packages = new Map<string, Doors>([
  ['core', { name: '@pgwamp/core', doors: ['@pgwamp/core', '@pgwamp/core/internal/wamp'] }],
  ...['publisher', 'subscriber', 'callee', 'caller', 'router', 'console'].map((folder): [string, Doors] => [
    folder,
    { name: `@pgwamp/${folder}`, doors: [`@pgwamp/${folder}`] },
  ]),
  ['node', { name: 'pgwamp', doors: ['pgwamp'] }],
]);

/** What is wrong with one made-up source file. */
const faults = (path: string, text: string): string[] => forbiddenImports([sourceFile(path, text)], packages);

const allowed: Readonly<Record<string, [path: string, text: string]>> = {
  'node knows the components': ['packages/node/src/a.ts', `import { P } from '@pgwamp/publisher';`],
  'node knows the router': ['packages/node/src/a.ts', `export * from '@pgwamp/router';`],
  'a component knows a door of core': ['packages/publisher/src/a.ts', `import { c } from '@pgwamp/config';`],
  'a package knows npm and Node': ['packages/router/src/a.ts', `import ws from 'ws'; import 'node:net';`],
  'core speaks to PostgreSQL in postgres/': ['packages/core/src/postgres/a.ts', `import pg from 'pg';`],
  'core speaks to PostgreSQL in sources/': ['packages/core/src/sources/a.ts', `import { f } from 'pg-format';`],
  'core speaks WAMP in one file': ['packages/core/src/wamp/autobahn.ts', `import autobahn from 'autobahn';`],
  'a folder of core knows the door of another': ['packages/core/src/sources/a.ts', `import '../postgres/index.ts';`],
  'a folder of core knows the files on top': ['packages/core/src/wamp/a.ts', `import { E } from '../errors.ts';`],
  'a folder of core knows itself': ['packages/core/src/wamp/a.ts', `import './b.ts'; import './deep/c.ts';`],
  'a call knows what is called': ['packages/core/src/functions/statements/a.ts', `import '../routines/b.ts';`],
  'all of functions comes together on top': ['packages/core/src/functions/a.ts', `import './execution/b.ts';`],
  'other packages are free inside': ['packages/router/src/a/b.ts', `import '../c/d.ts';`],
  'a realm of the router knows the wire': ['packages/router/src/session/a.ts', `import '../transports/b.ts';`],
  'a comment is no import': ['packages/router/src/a.ts', `// import '@pgwamp/config';`],
};

const forbidden: Readonly<Record<string, [path: string, text: string]>> = {
  'a component knows another': ['packages/publisher/src/a.ts', `import '@pgwamp/subscriber';`],
  'a component knows the router': ['packages/caller/src/a.ts', `import { R } from '@pgwamp/router';`],
  'a component knows node': ['packages/callee/src/a.ts', `import type { N } from 'pgwamp';`],
  'a component speaks to PostgreSQL itself': ['packages/publisher/src/a.ts', `import pg from 'pg';`],
  'a component imports autobahn': ['packages/subscriber/src/a.ts', `import autobahn from 'autobahn';`],
  'core knows a component': ['packages/core/src/wamp/a.ts', `export { P } from '@pgwamp/publisher';`],
  'core knows itself by its name': ['packages/core/src/wamp/a.ts', `import '@pgwamp/core/internal/wamp';`],
  'the router knows core': ['packages/router/src/a.ts', `import type { E } from '@pgwamp/core';`],
  'the router knows PostgreSQL': ['packages/router/src/a.ts', `const pg = await import('pg');`],
  'the console knows core': ['packages/console/src/a.ts', `import '@pgwamp/core';`],
  'postgres knows wamp': ['packages/core/src/postgres/a.ts', `import '../wamp/index.ts';`],
  'wamp knows postgres': ['packages/core/src/wamp/deep/a.ts', `import '../../postgres/index.ts';`],
  'a second file knows autobahn': ['packages/core/src/wamp/session.ts', `import type { S } from 'autobahn';`],
  'pgwire outside its folders': ['packages/core/src/component/a.ts', `import { w } from 'pgwire';`],
  'pg deep inside': ['packages/core/src/wamp/a.ts', `import 'pg/lib/utils.js';`],
  'past the door of core': ['packages/publisher/src/a.ts', `import '@pgwamp/core/src/config/parse.ts';`],
  'core by a door that it has not': ['packages/node/src/a.ts', `import '@pgwamp/core/wamp';`],
  'past the door of a component': ['packages/node/src/a.ts', `import '@pgwamp/publisher/src/sink.ts';`],
  'past the door of a folder in core': ['packages/core/src/sources/a.ts', `import '../postgres/pool.ts';`],
  'from the top of core past a door': ['packages/core/src/a.ts', `import './postgres/pool.ts';`],
  'an endpoint knows how it is run': ['packages/core/src/functions/endpoints/a.ts', `import '../execution/b.ts';`],
  'a routine knows the desk': ['packages/core/src/functions/routines/a.ts', `import '../function-host.ts';`],
  'a transport knows a realm': ['packages/router/src/transports/a.ts', `import type { R } from '../realm/realm.ts';`],
  'the broker knows the dealer': ['packages/router/src/broker/a.ts', `import '../dealer/dealer.ts';`],
  'out of the package': ['packages/node/src/a.ts', `import '../../router/src/index.ts';`],
};

describe('architecture', () => {
  it('every import of every package follows the rules', () => {
    const sources = packageSources();
    expect(sources).not.to.have.length(0);
    expect(forbiddenImports(sources, packageDoors())).to.deep.equal([]);
  });

  it('autobahn is imported in exactly one file', () => {
    const files = packageSources().filter(({ imports }) => imports.some((name) => name.split('/')[0] === 'autobahn'));
    expect(files.map(({ path }) => path)).to.deep.equal(['packages/core/src/wamp/autobahn.ts']);
  });

  describe('the rules allow', () => {
    for (const [title, [path, text]] of Object.entries(allowed)) {
      it(title, () => expect(faults(path, text)).to.deep.equal([]));
    }
  });

  describe('the rules forbid', () => {
    for (const [title, [path, text]] of Object.entries(forbidden)) {
      it(title, () => expect(faults(path, text)).to.have.length(1));
    }
  });
});
