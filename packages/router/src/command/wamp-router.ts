#!/usr/bin/env node
import { once } from 'node:events';
import { run } from './run.ts';

// Listens from the start: a parent that reads the ready line may send the signal immediately.
const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

const running = await run(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  environment: process.env,
});

if (typeof running === 'number') {
  process.exitCode = running;
} else {
  await ended;
  await running.close();
}
