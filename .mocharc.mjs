// Mocha adds the files of its configuration to those of its command line; we want either. `scripts/test.ts` names its files.
const named = process.argv.slice(2).some((argument) => /\.(test|endurance)\.ts$/.test(argument));

export default {
  extension: ['ts'],
  spec: named ? [] : ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
  require: ['./packages/harness/src/mocha-hooks.ts'],
  timeout: 60000,
  forbidOnly: true,
  forbidPending: true,
};
