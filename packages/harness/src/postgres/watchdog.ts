import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

// Reads the process id of the server now running, line by line ("0" for none), until the pipe breaks.
const script = `
while read -r line; do pid=$line; done
if [ "\${pid:-0}" -gt 0 ]; then
  kill -"$2" "$pid"
  tries=0
  while [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
fi
rm -rf "$1"
`;

/** Stops a server that outlives the Node process which started it. */
export interface Watchdog extends Disposable {
  /** Says which process is the server now; 0 for none. */
  watch(pid: number): void;
}

/**
 * Starts a shell that waits at a pipe whose other end only this process holds. However this process ends, even by
 * SIGKILL, the pipe breaks, and the shell stops the server and removes its folder.
 *
 * @param signal - how the server is stopped
 */
export function startWatchdog(folder: string, signal: 'QUIT' | 'KILL' = 'QUIT'): Watchdog {
  const shell = spawn('sh', ['-c', script, 'sh', folder, signal], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const pipe = shell.stdin as Writable & Socket;
  shell.unref();
  pipe.unref();
  // Only a watchdog that was killed does not read; the tests can continue without it.
  pipe.on('error', (error) => process.emitWarning(`the watchdog of ${folder} is gone: ${error.message}`));
  return {
    watch: (pid) => void pipe.write(`${pid}\n`),
    [Symbol.dispose]: () => pipe.end(),
  };
}
