import { repositoryRoot, startProcess, withDeadline } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import ts from 'typescript';
import { type Block, documents } from './support/documents.ts';
import { programs } from './support/program.ts';

const blocks = documents()
  .flatMap(({ blocks }) => blocks)
  .filter(({ language, fragment }) => ['ts', 'js'].includes(language) && !fragment);

/** The errors of the compiler for the given files, one per line. */
function typeErrors(files: readonly string[]): string[] {
  const { config } = ts.readConfigFile(`${repositoryRoot}/tsconfig.check.json`, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, repositoryRoot);
  // An example may import what it only shows.
  const program = ts.createProgram(files, { ...parsed.options, types: ['node'], noUnusedLocals: false });
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  });
}

async function run(block: Block, env: Readonly<Record<string, string>>): Promise<void> {
  await using folder = await programs();
  await using process = await startProcess(await folder.write(block), { env });
  const { code } = await withDeadline(process.exited, 30_000, `${block.place} to end`);
  expect(code, process.output).to.equal(0);
}

describe('Programs of the documents', () => {
  it('have no type errors', async () => {
    await using folder = await programs();
    const typed = blocks.filter(({ language }) => language === 'ts');
    expect(typed).to.have.length.greaterThan(5);
    expect(typeErrors(await Promise.all(typed.map((block) => folder.write(block))))).to.deep.equal([]);
  });

  // Those of the tutorial run until they are stopped: see tutorial.test.ts.
  for (const block of blocks.filter(({ place }) => !place.startsWith('docs/tutorial.md'))) {
    it(`run to their end: ${block.place}`, async () => {
      await using database = await prepareDatabase();
      await using router = createRouter({ realms: ['realm1'] });
      const { url } = await router.listen();
      const { user, password, host, port } = database.options;
      const DATABASE_URL = `postgres://${user}:${password}@${host}:${port}/${database.name}`;
      await run(block, { DATABASE_URL, ROUTER_URL: url });
    });
  }
});
