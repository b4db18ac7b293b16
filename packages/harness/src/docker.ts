import { existsSync } from 'node:fs';
import { type RequestOptions, request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

const pingTimeout = 1000;

/** Whether a Docker daemon answers within a second. */
export async function dockerAnswers(): Promise<boolean> {
  const daemon = daemonAddress(process.env.DOCKER_HOST);
  return daemon ? ping(daemon) : false;
}

function daemonAddress(host: string | undefined): RequestOptions | undefined {
  if (host?.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host) return { host: new URL(host).hostname, port: new URL(host).port || 2375 };
  const sockets = ['/var/run/docker.sock', join(homedir(), '.docker', 'run', 'docker.sock')];
  const socketPath = sockets.find((path) => existsSync(path));
  return socketPath ? { socketPath } : undefined;
}

function ping(daemon: RequestOptions): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const asked = request({ ...daemon, path: '/_ping', timeout: pingTimeout }, (response) => {
    response.resume();
    resolve(response.statusCode === 200);
  });
  asked.on('timeout', () => asked.destroy(new Error('no answer')));
  asked.on('error', () => resolve(false));
  asked.end();
  return promise;
}
