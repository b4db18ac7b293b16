// Calls two functions of PostgreSQL, and ends.
import autobahn from 'autobahn';

const url = process.env.ROUTER ?? `ws://127.0.0.1:${process.env.PORT ?? 8080}/ws`;
const connection = new autobahn.Connection({ url, realm: 'realm1' });

connection.onopen = async (session) => {
  try {
    console.log('2 + 3 =', await session.call('com.example.add2', [2, 3]));
    console.log('2 + 1 =', await session.call('com.example.add2', [2]));
    console.log('large cities:', JSON.stringify(await session.call('com.example.cities', [], { above: 300_000 })));
    await session.call('com.example.add2', ['two']);
  } catch ({ error, args }) {
    // AutobahnJS rejects with objects that are not errors.
    console.log('error:', error, args?.[0]);
  } finally {
    connection.close();
  }
};
// Otherwise AutobahnJS prints that the connection is closed.
connection.onclose = () => true;
connection.open();
