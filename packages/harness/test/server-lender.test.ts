import { once } from 'node:events';
import { connect as connectTo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { addressOfUrl, superuserConfig } from '../src/postgres/address.ts';
import { connect } from '../src/postgres/connect.ts';
import { lendServers } from '../src/postgres/server-lender.ts';
import { startPostgres } from '../src/postgres/start-postgres.ts';
import { waitFor } from '../src/wait-for.ts';

describe('PostgreSQL servers of a test run', () => {
  it('are separate for each process, and end with it', async () => {
    await using lender = await lendServers(startOwn);
    const [one, other] = await Promise.all([borrow(lender.port), borrow(lender.port)]);
    expect(one.port).not.to.equal(other.port);
    await answer(other);
    one.socket.destroy();
    await waitFor(() => isGone(one), { what: 'the server of the process that ended to be gone' });
    await answer(other);
  });

  it('end with the run', async () => {
    const lender = await lendServers(startOwn);
    const borrowed = await borrow(lender.port);
    await lender[Symbol.asyncDispose]();
    expect(await isGone(borrowed)).to.equal(true);
  });
});

const startOwn = () => startPostgres({ own: true });

interface Borrowed {
  readonly socket: Socket;
  readonly url: string;
  readonly port: number;
}

async function borrow(lender: number): Promise<Borrowed> {
  const socket = connectTo(lender, '127.0.0.1');
  const [line] = await once(createInterface({ input: socket }), 'line');
  const { url } = JSON.parse(line) as { url: string };
  return { socket, url, port: addressOfUrl(url).port };
}

async function answer({ url }: Borrowed): Promise<void> {
  await using _client = await connect(superuserConfig(addressOfUrl(url)));
}

function isGone(borrowed: Borrowed): Promise<boolean> {
  return answer(borrowed).then(
    () => false,
    () => true,
  );
}
