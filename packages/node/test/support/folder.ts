import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder that is gone after the test. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file, a value as JSON. */
  write(name: string, content: string | object): Promise<string>;
}

/** Makes a folder with files, by their names. */
export async function createFolder(files: Readonly<Record<string, string | object>> = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'pgwamp-node-'));
  const write = async (name: string, content: string | object) => {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
    return file;
  };
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
