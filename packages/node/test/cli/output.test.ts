import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { withDeadline } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { program } from '../support/command.ts';

/** Runs the command for a reader that takes its first output alone, as `head -1` does. */
async function readFirst(args: readonly string[], onStart?: (child: ReturnType<typeof spawn>) => Promise<void>) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const closed = once(child, 'close');
    const errors = text(child.stderr);
    const first = once(child.stdout, 'data');
    await onStart?.(child);
    const [chunk] = await withDeadline(first, 30_000, `the first output of pgwamp ${args.join(' ')}`);
    child.stdout.destroy();
    const [code] = await withDeadline(closed, 30_000, `pgwamp ${args.join(' ')} to end`);
    return { code, first: String(chunk), errors: await errors };
  } finally {
    child.kill('SIGKILL');
  }
}

describe('pgwamp whose output is closed', () => {
  for (const args of [['schema'], ['install', '--print']]) {
    it(`ends silently: ${args.join(' ')}`, async () => {
      const { code, errors } = await readFirst(args);
      // Either everything was written before, or it ended as by SIGPIPE.
      expect(code).to.be.oneOf([0, 141]);
      expect(errors).to.equal('');
    });
  }

  it('ends a subscription with the exit code of SIGPIPE', async () => {
    await using router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen({ port: 0 });
    await using session = await joinByWebSocket(url);
    const stop = new AbortController();
    let publishing = Promise.resolve();
    const publishOn = async () => {
      while (!stop.signal.aborted) await session.publish('com.example.x', [1], {}, { acknowledge: true });
    };
    try {
      const { code, first, errors } = await readFirst(
        ['subscribe', 'com.example.x', '--router', url],
        async (child) => {
          await once(child.stderr as NonNullable<typeof child.stderr>, 'data');
          publishing = publishOn();
        },
      );
      expect(first).to.match(/^com\.example\.x 1\n/);
      expect(errors).not.to.include('Error');
      expect(code).to.equal(141);
    } finally {
      stop.abort();
      await publishing;
    }
  });

  it('reports why its output cannot be written', async () => {
    // A device of Linux that is always full.
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'schema'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const [[code], errors] = await Promise.all([once(child, 'close'), text(child.stderr as Readable)]);
    expect(code).to.equal(1);
    expect(errors).to.match(/^pgwamp: cannot write to standard output: ENOSPC.*\n$/);
  });
});
