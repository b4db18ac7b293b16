// Offers a procedure that SQL calls.
import autobahn from 'autobahn';

const url = process.env.ROUTER ?? `ws://127.0.0.1:${process.env.PORT ?? 8080}/ws`;
const connection = new autobahn.Connection({ url, realm: 'realm1' });

connection.onopen = async (session) => {
  await session.register('com.example.greet', ([name]) => {
    console.log('called with', name);
    return `Hello, ${name}!`;
  });
  console.log('registered');
};
connection.open();
