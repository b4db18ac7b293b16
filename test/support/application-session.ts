import { withDeadline } from '@pgwamp/harness';
import autobahn from 'autobahn';

/** A session that an application has joined with AutobahnJS itself. */
export interface ApplicationSession extends AsyncDisposable {
  readonly session: autobahn.Session;
  /** Ends the connection, and with it the session. */
  close(): Promise<void>;
}

/** Joins `realm1` as an application would. */
export async function joinAsApplication(url: string): Promise<ApplicationSession> {
  const connection = new autobahn.Connection({ url, realm: 'realm1', max_retries: 0 });
  const joined = Promise.withResolvers<autobahn.Session>();
  const closed = Promise.withResolvers<void>();
  connection.onopen = (session) => joined.resolve(session);
  connection.onclose = (reason) => {
    joined.reject(new Error(`the application could not join: ${reason}`));
    closed.resolve();
    return true;
  };
  connection.open();
  const session = await withDeadline(joined.promise, 5000, 'the application to join');
  const close = async () => {
    if (connection.isOpen) connection.close();
    await withDeadline(closed.promise, 5000, 'the connection to close');
  };
  return { session, close, [Symbol.asyncDispose]: close };
}
