// Loaded into every process that `startProcess` starts: when the test process is gone, however it went, the pipe to
// our standard input breaks, and we must not stay behind. JavaScript, since removing types takes longer than some starts.
import process from 'node:process';

process.stdin.on('close', () => process.exit(1));
process.stdin.resume();
// A program that has nothing left to do may end while the pipe is still open.
process.stdin.unref();
