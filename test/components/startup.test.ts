import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { DatabaseRefusedError, JoinRefusedError, type PgwampError, SchemaMissingError } from '@pgwamp/core';
import { type TestDatabase, waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { Publisher } from '@pgwamp/publisher';
import { createRouter } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';

const components = [Publisher, Callee, Subscriber, Caller] as const;

/** A database that is set up, and a router with a transport that asks for a ticket. */
async function openStage() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const router = createRouter({ realms: ['realm1'] });
  stack.defer(() => router.close());
  const principals = { joe: { ticket: 's3cr3t', role: 'backend' } };
  const auth = { ticket: { type: 'static', principals } } as const;
  const { url } = await router.listen({ type: 'websocket', endpoint: { type: 'tcp', port: 0 }, auth });
  const kept = stack.move();
  return { database, router, url, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

/** The realm, the login and the database of a component. */
interface Variant {
  readonly realm?: string;
  readonly ticket?: string;
  readonly authid?: string;
  readonly database?: object;
  readonly startup?: 'fail' | 'wait';
}

/** The common interface of the constructors of components. */
type AnyComponent = new (
  options: never,
  environment: object,
) => AsyncDisposable & {
  start(): Promise<void>;
  status(): { readonly state: string; readonly error?: Error | undefined };
};

function make(Component: (typeof components)[number], stage: Stage, variant: Variant = {}) {
  const { realm = 'realm1', authid = 'joe', ticket = 's3cr3t', database = {}, startup = 'fail' } = variant;
  const { host, port, database: name, user, password } = crossbarLogin(stage.database);
  const options = {
    realm,
    transport: { type: 'websocket', url: stage.url },
    authentication: { ticket: { authid, ticket } },
    extra: { startup, database: { host, port, database: name, user, password, ...database } },
  };
  return new (Component as unknown as AnyComponent)(options as never, { log: pino({ level: 'silent' }) });
}

async function asSuperuser(database: TestDatabase, statement: string): Promise<void> {
  await using superuser = await database.connect();
  await superuser.query(statement);
}

/** A class of errors. */
type ErrorClass = abstract new (...args: never) => PgwampError;

/** Variants that no waiting can fix, with the class of the error and what its message says. */
const hopeless: [what: string, variant: Variant, error: ErrorClass, words: string[]][] = [
  [
    'a wrong password',
    { database: { password: 'wr0ng' } },
    DatabaseRefusedError,
    ['user crossbar', 'Check the password (extra.database.password)'],
  ],
  [
    'no password',
    { database: { password: undefined } },
    DatabaseRefusedError,
    ['none is configured', 'Check the password (extra.database.password)'],
  ],
  [
    'an unknown user',
    { database: { user: 'nobody_at_all' } },
    DatabaseRefusedError,
    ['user nobody_at_all', 'sql/setup.sql creates role crossbar'],
  ],
  [
    'an unknown database',
    { database: { database: 'no_such_db' } },
    DatabaseRefusedError,
    ['database no_such_db', 'or create the database'],
  ],
  [
    'an unknown realm',
    { realm: 'realm2' },
    JoinRefusedError,
    ['realm "realm2"', 'wamp.error.no_such_realm', 'Check realm'],
  ],
  ['a wrong ticket', { ticket: 'wr0ng' }, JoinRefusedError, ['authid "joe"', 'realm "realm1"', 'Check authentication']],
  ['an unknown authid', { authid: 'ann' }, JoinRefusedError, ['authid "ann"', 'Check authentication']],
];

for (const Component of components) {
  describe(`First start of a ${Component.name}`, () => {
    for (const [what, variant, error, words] of hopeless) {
      it(`rejects with ${what}, in one line that names the place and the remedy`, async () => {
        await using stage = await openStage();
        await using component = make(Component, stage, variant);
        const failure = await withDeadline(rejection(component.start()), 20_000, 'start to be rejected');
        expect(failure).to.be.instanceOf(error);
        expect(failure.message).not.to.match(/\n|wr0ng|s3cr3t/);
        for (const part of words) expect(failure.message).to.include(part);
        if (error === DatabaseRefusedError)
          expect(failure.message).to.match(/PostgreSQL at \S+:\d+, database \w+, user \w+: /);
        else expect(failure.message).to.include(stage.url);
        expect(component.status()).to.include({ state: 'stopped', error: failure });
      });
    }

    it('rejects without the CONNECT privilege, and works after the GRANT', async () => {
      await using stage = await openStage();
      const { database } = stage;
      await asSuperuser(database, `REVOKE CONNECT ON DATABASE "${database.name}" FROM PUBLIC, crossbar`);
      await using component = make(Component, stage);
      const failure = await withDeadline(rejection(component.start()), 20_000, 'start to be rejected');
      expect(failure).to.be.instanceOf(DatabaseRefusedError).that.includes({ sqlstate: '42501' });
      await asSuperuser(database, `GRANT CONNECT ON DATABASE "${database.name}" TO crossbar`);
      await withDeadline(component.start(), 20_000, 'the component to run');
      expect(component.status().state).to.equal('running');
    });

    it('distinguishes a schema of another role from a missing one', async () => {
      await using stage = await openStage();
      await asSuperuser(stage.database, 'DROP SCHEMA crossbar CASCADE; CREATE SCHEMA crossbar');
      await using component = make(Component, stage);
      const foreign = await rejection(component.start());
      expect(foreign).to.be.instanceOf(SchemaMissingError);
      expect(foreign.message).to.match(/belongs to role \w+, .* ALTER SCHEMA crossbar OWNER TO crossbar$/);
      await asSuperuser(stage.database, 'DROP SCHEMA crossbar');
      expect((await rejection(component.start())).message).to.include('has no schema "crossbar": run sql/setup.sql');
    });

    it('waits with startup "wait"', async () => {
      await using stage = await openStage();
      await using component = make(Component, stage, { realm: 'realm2', startup: 'wait' });
      const started = component.start();
      await waitFor(() => component.status().error instanceof JoinRefusedError, { what: 'the first refusal' });
      expect(component.status().state).to.equal('starting');
      await Promise.all([component[Symbol.asyncDispose](), rejection(started)]);
    });
  });
}

describe('Component that has worked before', () => {
  it('does not stop when its password is changed', async () => {
    await using stage = await openStage();
    await using server = await stage.database.connect();
    const role = `rotating_${stage.database.name}`;
    await server.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'first' IN ROLE crossbar; ALTER SCHEMA crossbar OWNER TO ${role}`,
    );
    await server.query(`REASSIGN OWNED BY crossbar TO ${role}`);
    try {
      await using callee = make(Callee, stage, { database: { user: role, password: 'first' } });
      await callee.start();
      await server.query(`ALTER ROLE ${role} PASSWORD 'second'`);
      await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
      await waitFor(() => callee.status().error instanceof DatabaseRefusedError, { what: 'the refusal' });
      expect(callee.status().state).to.equal('reconnecting');
      await server.query(`ALTER ROLE ${role} PASSWORD 'first'`);
      await waitFor(() => callee.status().state === 'running', { what: 'the Callee to run again' });
    } finally {
      await server.query(`REASSIGN OWNED BY ${role} TO crossbar; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
