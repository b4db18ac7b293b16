// Publishes three readings, and ends.
import autobahn from 'autobahn';

const url = process.env.ROUTER ?? `ws://127.0.0.1:${process.env.PORT ?? 8080}/ws`;
const connection = new autobahn.Connection({ url, realm: 'realm1' });

connection.onopen = async (session) => {
  const options = { acknowledge: true };
  await session.publish('com.example.reading', ['kitchen', 21.5], {}, options);
  await session.publish('com.example.reading', ['cellar'], { celsius: 12 }, options);
  await session.publish('com.example.reading', [], { sensor: 'roof', celsius: -3.25 }, options);
  console.log('published 3 readings');
  connection.close();
};
// Otherwise AutobahnJS prints that the connection is closed.
connection.onclose = () => true;
connection.open();
