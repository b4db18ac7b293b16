import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { repositoryRoot } from '../repository-root.ts';

const run = promisify(execFile);
const extractScript = join(import.meta.dirname, 'extract-chromium.ts');

/** A Chromium that requires only the C library of the system. */
export interface PackedChromium {
  readonly executable: string;
  /** The folder of its shared libraries. */
  readonly libraries: string;
  /** The folder of its fonts. */
  readonly fonts: string;
}

/** The folder of the unpacked Chromium; undefined where the Chrome of the machine is used. */
export async function chromiumFolder(): Promise<string | undefined> {
  return process.platform === 'linux' && process.arch === 'x64' ? unpacked() : undefined;
}

/** Unpacks Chromium into `.cache` on first use. */
export async function packedChromium(): Promise<PackedChromium> {
  const folder = await unpacked();
  const fonts = join(folder, 'fonts', 'fonts');
  return { executable: join(folder, 'chromium'), libraries: join(folder, 'al2023', 'lib'), fonts };
}

async function unpacked(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const { version } = JSON.parse(await readFile(join(dirname(entry), '..', 'package.json'), 'utf8'));
  // The package makes the program executable only for its owner.
  const folder = join(repositoryRoot, '.cache', `chromium-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(folder)) await extract(folder);
  return folder;
}

async function extract(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}-`);
  try {
    await run(process.execPath, [extractScript], { env: { ...process.env, TMPDIR: partial } });
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process was faster; its folder is equivalent.
    if (!existsSync(folder)) throw error;
  }
}
