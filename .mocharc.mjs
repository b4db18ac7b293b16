// Mocha adds the files of its configuration to those of its command line; we want either.
const named = process.argv.slice(2).some((argument) => /\.test\.ts$/.test(argument));

export default {
  extension: ['ts'],
  spec: named ? [] : ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
  require: ['./packages/harness/src/mocha-hooks.ts'],
  timeout: 60000,
  // Files own what they open, so that two of them may run side by side; half of what they do is to wait.
  ...(!named && { parallel: true, jobs: 2 }),
  forbidOnly: true,
  forbidPending: true,
};
