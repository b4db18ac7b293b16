// Adds a note, and prints the event of it.
import autobahn from 'autobahn';

const url = process.env.ROUTER ?? `ws://127.0.0.1:${process.env.PORT ?? 8080}/ws`;
const connection = new autobahn.Connection({ url, realm: 'realm1' });

connection.onopen = async (session) => {
  const added = Promise.withResolvers();
  await session.subscribe('com.example.note', (_args, { new: note }) => added.resolve(note));
  console.log('added note', await session.call('com.example.add_note', ['hello']));
  console.log('event:', JSON.stringify(await added.promise));
  connection.close();
};
// Otherwise AutobahnJS prints that the connection is closed.
connection.onclose = () => true;
connection.open();
