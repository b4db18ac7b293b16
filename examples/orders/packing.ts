// A service that knows RabbitMQ and its database, and nothing of the Proxy.
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import pg from 'pg';

/** The packing service, and what it has been sent. */
export interface Packing extends AsyncDisposable {
  readonly received: readonly string[];
}

/** Packs every order that arrives in the queue "packing", and says so in the database. */
export async function startPacking(amqp: string, database: string): Promise<Packing> {
  await using resources = new AsyncDisposableStack();
  const sql = resources.adopt(new pg.Client(database), (client) => client.end());
  await sql.connect();
  const broker = resources.adopt(await connect(amqp), (connection) => connection.close());
  const channel = await broker.createChannel();
  // The Proxy declares nothing: exchanges and queues are those of the services.
  await channel.assertExchange('shop', 'topic', { durable: true });
  await channel.assertQueue('packing', { durable: true });
  await channel.bindQueue('packing', 'shop', 'orders.insert');
  // The Proxy has a message that reaches no queue parked, and this one takes all of them.
  await channel.assertQueue('audit', { durable: true, maxLength: 1000 });
  await channel.bindQueue('audit', 'shop', '#');
  const received: string[] = [];
  const exists = async (id: number) => (await sql.query('SELECT FROM orders WHERE id = $1', [id])).rowCount === 1;
  const pack = async (content: string) => {
    received.push(content);
    const { id } = (JSON.parse(content) as { row: { id: number } }).row;
    // A message can arrive before other sessions see its transaction. An order that is still missing after a second was deleted.
    for (let attempt = 0; attempt < 10 && !(await exists(id)); attempt++) await delay(100);
    // A message may arrive more than once: the second time this changes nothing.
    await sql.query(`UPDATE orders SET state = 'packed' WHERE id = $1 AND state = 'placed'`, [id]);
  };
  await channel.consume('packing', (message) => {
    if (!message) return;
    pack(message.content.toString()).then(
      () => channel.ack(message),
      (error: Error) => {
        console.error(`packing failed: ${error.message}`);
        channel.nack(message, false, false);
      },
    );
  });
  const all = resources.move();
  return { received, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
