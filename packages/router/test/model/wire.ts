import type { FrameSocket } from '../../src/index.ts';
import { CLOSED, type Message } from './client-model.ts';

/** The client's end of a connection: what has come and was not looked at yet. */
export class Wire {
  readonly #socket: FrameSocket;
  #frames: Message[] = [];
  #isClosed = false;

  constructor(socket: FrameSocket) {
    this.#socket = socket;
    socket.onframe = (frame) => this.#frames.push(JSON.parse(frame));
    socket.onclose = () => {
      this.#isClosed = true;
      this.#frames.push(CLOSED);
    };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get frames(): readonly Message[] {
    return this.#frames;
  }

  take(): Message[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close();
  }
}
