/** What applications use of AutobahnJS, besides what pgwamp itself does. */
declare module 'autobahn' {
  class Connection {
    constructor(options: { readonly url: string; readonly realm: string; readonly max_retries?: number });
    readonly isOpen: boolean;
    onopen: (session: Session) => void;
    onclose: (reason: string) => boolean;
    open(): void;
    close(): void;
  }
}
