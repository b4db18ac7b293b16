import { connect } from 'node:net';

/** A broker that a test has started. It can be killed and restarted with all data that it had written. */
export interface Broker extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Stops it gracefully. */
  stop(): Promise<void>;
  /** Kills it, like a crash. */
  kill(): Promise<void>;
  /** Starts it again, on its port; resolves when it is ready. */
  start(): Promise<void>;
}

/** A broker with a server of its own: a process of this machine, or a container. */
export interface BrokerServer extends Broker {
  /** Runs the tool of the recipe that administrates the server. */
  administrate(...args: readonly string[]): Promise<void>;
}

/** The places where a server can be found. */
export interface ServerSource {
  /** The name in messages. */
  readonly name: string;
  /** Whether the server is installed on this machine. */
  isInstalled(): boolean;
  /** The image that Docker runs where the server is not installed. */
  readonly image: string;
}

/** A recipe of a server that runs in the foreground. */
export interface ServerRecipe extends ServerSource {
  /** The ports that it listens on, with that of its clients first. */
  readonly ports: readonly [number, ...number[]];
  /** The command for a process of this machine, with an empty folder of its own. */
  asProcess(place: ServerPlace): ProcessCommand;
  /** The command for the image. */
  asContainer(place: ServerPlace): ServerCommand;
  /** A folder of the image in which the server may write. */
  readonly imageFolder: string;
  /** Whether the server that listens on a port can be used. */
  isReady(port: number): Promise<boolean>;
}

/** The surroundings of a server. */
export interface ServerPlace {
  readonly folder: string;
  /** The address to listen on. */
  readonly address: string;
  readonly port: number;
}

/** The command that runs a server. In a container, the arguments follow the entry point of the image. */
interface ServerCommand {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Texts of files by their paths. */
  readonly files?: Readonly<Record<string, string>>;
  /** The beginning of the commands that administrate the server. */
  readonly tool?: readonly string[];
}

/** The command that runs a server as a process of this machine. */
export interface ProcessCommand extends ServerCommand {
  readonly program: string;
  /** A command that runs once, before the first start. */
  readonly first?: readonly string[];
}

/**
 * Whether a server answers.
 *
 * @param greeting - the data to send
 * @param isAnswer - whether an answer is correct; without it, a connection is enough
 */
export function answers(port: number, greeting?: Buffer, isAnswer?: (data: Buffer) => boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(2000, () => resolve(false));
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(false));
  socket.on('connect', () => (greeting ? socket.write(greeting) : resolve(true)));
  socket.on('data', (data) => resolve(isAnswer?.(data) ?? true));
  return promise.finally(() => socket.destroy());
}

/** Whether a server of HTTP answers. A connection is not enough: Docker accepts them before the server in the container does. */
export function answersHttp(port: number): Promise<boolean> {
  const request = Buffer.from('GET / HTTP/1.0\r\n\r\n');
  return answers(port, request, (data) => String(data).startsWith('HTTP/'));
}

/** The text of a configuration file. */
export function toFile(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
