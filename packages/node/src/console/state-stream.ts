import type { ServerResponse } from 'node:http';
import { PageRequestError, tooManyPages } from './page-requests.ts';

/** Interval in milliseconds between two states sent to the pages. */
const interval = 1000;

/** Limit of pages that receive the state. */
const maxPages = 100;

/** Limit of bytes that wait for a page. A page beyond it does not read, and is disconnected. */
const maxWaiting = 4 * 1024 * 1024;

/** The state as server-sent events. It is read once for all pages, and only while there are any. */
export class StateStream implements Disposable {
  readonly #read: () => Promise<object>;
  readonly #pages = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;

  /** @param read returns the present state. */
  constructor(read: () => Promise<object>) {
    this.#read = read;
  }

  [Symbol.dispose](): void {
    for (const page of this.#pages) page.end();
  }

  /**
   * Sends the state to a page, until it leaves or its sign-in ends.
   *
   * @throws `PageRequestError` if there are too many pages.
   */
  open(page: ServerResponse, ended: AbortSignal): void {
    if (this.#pages.size >= maxPages) {
      throw new PageRequestError(503, tooManyPages(maxPages));
    }
    page.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const end = () => page.end();
    ended.addEventListener('abort', end);
    this.#pages.add(page);
    page.once('close', () => {
      ended.removeEventListener('abort', end);
      this.#pages.delete(page);
      if (this.#pages.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    this.#timer ??= setInterval(() => void this.#tellAll(), interval);
    void this.#message().then((text) => tell(page, text));
  }

  async #tellAll(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const text = await this.#message();
    this.#isReading = false;
    for (const page of this.#pages) tell(page, text);
  }

  async #message(): Promise<string> {
    try {
      return `data: ${JSON.stringify(await this.#read())}\n\n`;
    } catch (error) {
      return `event: problem\ndata: ${JSON.stringify((error as Error).message)}\n\n`;
    }
  }
}

function tell(page: ServerResponse, text: string): void {
  if (page.writableLength > maxWaiting) page.destroy();
  else if (!page.writableEnded && !page.destroyed) page.write(text);
}
