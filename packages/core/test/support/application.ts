import type { AutobahnSessionLike } from '@pgwamp/core/internal/wamp';
import { withDeadline } from '@pgwamp/harness';
import autobahn from 'autobahn';

/** The members of AutobahnJS's connection that its types omit. */
interface Connection {
  onopen: (session: AutobahnSessionLike) => void;
  onclose: () => boolean;
  open(): void;
  close(): void;
}
const { Connection } = autobahn as unknown as {
  Connection: new (options: { url: string; realm: string; max_retries: number }) => Connection;
};

/** A session that an application has joined by itself, with AutobahnJS. */
export async function application(url: string) {
  const connection = new Connection({ url, realm: 'realm1', max_retries: 0 });
  const opened = Promise.withResolvers<AutobahnSessionLike>();
  connection.onopen = opened.resolve;
  connection.onclose = () => true;
  connection.open();
  const session = await withDeadline(opened.promise, 10_000, 'AutobahnJS to join');
  const close = () => {
    if (session.isOpen) connection.close();
  };
  return { session, close, [Symbol.dispose]: close };
}
