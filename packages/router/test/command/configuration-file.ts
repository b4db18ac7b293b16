import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A configuration file for one test. */
export class ConfigurationFile implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'config.json');
  }

  static async of(content: unknown): Promise<ConfigurationFile> {
    const file = new ConfigurationFile(await mkdtemp(join(tmpdir(), 'wamp-router-')));
    await writeFile(file.path, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

/** A web transport on a port of the loopback interface. */
export function webTransport(port: unknown) {
  return { type: 'web', endpoint: { type: 'tcp', interface: '127.0.0.1', port }, paths: { ws: { type: 'websocket' } } };
}
