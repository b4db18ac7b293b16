import { expect } from 'chai';
import { manifests, packageOf, type SourceFile, sourceFiles } from './source-files.ts';

/** Declared, and needed though nothing imports it: types of what is imported. */
const isTypes = (name: string) => name.startsWith('@types/');

describe('Dependencies of a package', () => {
  for (const [folder, { name, dependencies, devDependencies, optionalPeers }] of manifests()) {
    const sources = importedBy(sourceFiles(`packages/${folder}/src/**/*.ts`));
    const tests = importedBy(sourceFiles(`packages/${folder}/test/**/*.ts`));
    sources.delete(name);
    tests.delete(name);

    it(`are the imports of its sources: ${folder}`, () => {
      expect(dependencies.filter((each) => !isTypes(each))).to.have.members([...sources]);
    });

    it(`for development are the other imports of its tests: ${folder}`, () => {
      const besides = [...tests.difference(sources)];
      // No other package installs the optional peers for our tests.
      const needed = devDependencies.filter((each) => !isTypes(each) && !optionalPeers.includes(each));
      expect(needed).to.have.members(besides);
    });
  }
});

function importedBy(files: readonly SourceFile[]): Set<string> {
  const names = files.flatMap(({ imports }) => imports.map(packageOf));
  return new Set(names.filter((name) => name !== undefined));
}
