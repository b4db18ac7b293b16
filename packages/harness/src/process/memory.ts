import { readFile } from 'node:fs/promises';

/** The memory of a process, in bytes. */
export interface ResidentBytes {
  /** Now. */
  readonly current: number;
  /** At most since it started. */
  readonly peak: number;
}

/**
 * The resident memory of a process.
 *
 * @returns undefined where the system has no `/proc`
 * @throws Error when there is no such process
 */
export async function residentBytes(pid: number = process.pid): Promise<ResidentBytes | undefined> {
  if (process.platform !== 'linux') return undefined;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { current: field(status, 'VmRSS'), peak: field(status, 'VmHWM') };
}

function field(status: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  // A process that has ended but was not yet waited for has a status without memory.
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}
