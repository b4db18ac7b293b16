// Raw LISTEN: counts notifications as cheaply as it can be done in Node.js. The database is the first argument, the number of them the second.
import { database } from '@pgwamp/config';
import { Connection } from '@pgwamp/core/internal/postgres';

const [configuration = '{}', count = '0'] = process.argv.slice(2);
const connection = await Connection.open(database.parse(JSON.parse(configuration)), 'bench');
let received = 0;
connection.onNotificationBytes(() => {
  received += 1;
  if (received % Number(count) !== 0) return;
  console.log(JSON.stringify({ at: performance.timeOrigin + performance.now() }));
});
await connection.query('LISTEN bench');
console.log(JSON.stringify({ open: 1 }));
