// Sessions that each run one statement after the other, every one a transaction of its own; tells how many per second.
import { connect } from '@pgwamp/harness';

const { config, statement, sessions, seconds } = JSON.parse(process.argv[2] ?? '{}');
const connections = await Promise.all(Array.from({ length: sessions }, () => connect(config)));
let count = 0;
const start = performance.now();
const end = start + seconds * 1000;
await Promise.all(
  connections.map(async (connection) => {
    while (performance.now() < end) {
      await connection.query({ name: 'write', text: statement, values: [count] });
      count += 1;
    }
  }),
);
console.log(JSON.stringify({ perSecond: (count / (performance.now() - start)) * 1000 }));
await Promise.all(connections.map((connection) => connection.end()));
