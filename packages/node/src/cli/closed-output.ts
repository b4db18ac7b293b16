import { constants } from 'node:os';

/**
 * Ends the process when nobody reads its output any more, as in `pgwamp subscribe com.example.topic1 | head -1`: with the exit code of
 * SIGPIPE, as other programs do. Output that cannot be written for another reason, such as a full disk, is a failure.
 */
export function endWithOutput(name: string): void {
  for (const [stream, what] of [
    [process.stdout, 'standard output'],
    [process.stderr, 'standard error'],
  ] as const) {
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
      if (stream !== process.stderr) process.stderr.write(`${name}: cannot write to ${what}: ${message}\n`);
      process.exit(1);
    });
  }
}
