import { expect } from 'chai';
import { circlesOf } from './circles.ts';
import { sourceFile, sourceFiles } from './source-files.ts';

describe('Import circles, including type imports', () => {
  it('do not exist in any package', () => {
    expect(circlesOf(sourceFiles('packages/*/src/**/*.ts'))).to.deep.equal([]);
  });

  it('are found for any length', () => {
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
