import { readFile } from 'node:fs/promises';
import { type Finding, findings } from './finding.ts';

const leastNode = [22, 12] as const;
/** Minimum limit of open files; every connection is one. */
const leastFiles = 4096;

/** Checks the machine that the node runs on. */
export async function checkMachine(): Promise<Finding[]> {
  return [nodeVersion(), await openFiles()];
}

function nodeVersion(): Finding {
  const { ok, fail } = findings('node');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]))
    return ok(`Node.js ${process.versions.node}`);
  return fail(`Node.js ${process.versions.node} is too old`, `install Node.js ${leastNode.join('.')} or newer`);
}

async function openFiles(): Promise<Finding> {
  const { ok, warn, skip } = findings('open files');
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const limit = /^Max open files\s+(\w+)/m.exec(limits)?.[1];
  if (limit === undefined) return skip('the limit cannot be read on this system');
  if (limit === 'unlimited' || Number(limit) >= leastFiles) return ok(`at most ${limit} open files`);
  return warn(
    `the limit of open files is ${limit}, and every connection is one`,
    `ulimit -n ${leastFiles}    # or LimitNOFILE=${leastFiles} in the unit of systemd`,
  );
}
