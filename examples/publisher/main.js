// Prints every event of the table.
import autobahn from 'autobahn';

const url = process.env.ROUTER ?? `ws://127.0.0.1:${process.env.PORT ?? 8080}/ws`;
const connection = new autobahn.Connection({ url, realm: 'realm1' });

connection.onopen = async (session) => {
  await session.subscribe('com.example.orders', (_args, { operation, new: row, old }) => {
    console.log(operation, JSON.stringify(row ?? old));
  });
  console.log('subscribed');
};
connection.open();
