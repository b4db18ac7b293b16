import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { StoppedError } from '@pgwamp/core';
import { Gateway } from '@pgwamp/gateway';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { Proxy } from '@pgwamp/proxy';
import { Publisher } from '@pgwamp/publisher';
import { createRouter, type Router } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';

type Database = ReturnType<typeof crossbarLogin>;

const environment = { log: pino({ level: 'silent' }) };

function wampOptions(database: Database, router: Router) {
  return { realm: 'realm1', transport: { type: 'memory', router }, extra: { database } } as const;
}

const components = {
  Publisher: (database, router) => new Publisher(wampOptions(database, router), environment),
  Subscriber: (database, router) => new Subscriber(wampOptions(database, router), environment),
  Callee: (database, router) => new Callee(wampOptions(database, router), environment),
  Caller: (database, router) => new Caller(wampOptions(database, router), environment),
  Gateway: (database) =>
    new Gateway({ extra: { database, topics: true, endpoint: { type: 'tcp', port: 0 } } }, environment),
  Proxy: (database) =>
    new Proxy(
      {
        extra: {
          database,
          sources: { jobs: { kind: 'channel', channels: ['jobs'] } },
          sinks: { hook: { kind: 'webhook', url: 'http://127.0.0.1:9/' } },
          routes: [{ from: 'jobs', to: 'hook', destination: '/' }],
        },
      },
      environment,
    ),
} satisfies Record<
  string,
  (database: Database, router: Router) => Publisher | Subscriber | Callee | Caller | Gateway | Proxy
>;

describe('Component that waits for a lock of the installer', () => {
  for (const [name, create] of Object.entries(components)) {
    it(`shows the blocking session in its status, and can be stopped: ${name}`, async () => {
      await using database = await createSetUpDatabase();
      await using router = createRouter({ realms: ['realm1'] });
      await using holder = await database.connect();
      await holder.query('BEGIN; LOCK TABLE crossbar._migration IN EXCLUSIVE MODE');
      const [{ pid } = { pid: 0 }] = (await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
      await using component = create(crossbarLogin(database), router);
      const started = rejection(component.start());
      await waitFor(() => component.status().waitsFor.includes(pid), { what: 'the status to show the wait' });
      expect(component.status().state).to.equal('starting');
      await withDeadline(component.stop(), 10_000, 'the component to stop');
      expect(await started).to.be.instanceOf(StoppedError);
      expect(component.status()).to.deep.include({ state: 'stopped', waitsFor: [] });
      const left = `SELECT FROM pg_stat_activity WHERE usename = 'crossbar' AND datname = current_database()`;
      await using witness = await database.connect();
      await waitFor(async () => (await witness.query(left)).rows.length === 0, { what: 'its sessions to end' });
    });
  }
});
