import * as z from 'zod';
import { excluding } from './issues.ts';
import { milliseconds, portNumber } from './numbers.ts';

const text = z.string().min(1);

const tls = z.union(
  [
    z.boolean(),
    z.strictObject({
      ca: text.optional().describe('the certificates to trust: PEM text, or the path of a PEM file'),
      cert: text.optional().describe('the client certificate: PEM text, or the path of a PEM file'),
      key: text.optional().describe('the key of the client certificate: PEM text, or the path of a PEM file'),
      servername: text.optional().describe('the name that the server certificate is checked for'),
      rejectUnauthorized: z.boolean().default(true).describe('whether an untrusted server certificate is refused'),
    }),
  ],
  { error: 'true, false or an object with ca, cert, key, servername, rejectUnauthorized' },
);

/** A day at most: PostgreSQL ends sessions that are silent for twice the sum of the two, and has to have room for that. */
const beat = milliseconds({ min: 10, max: 86_400_000 });

const common = {
  ssl: tls.optional().describe('TLS: true asks for a certificate that Node trusts'),
  heartbeat: z
    .strictObject({
      interval: beat.default(5000).describe('milliseconds between two probes of an idle connection'),
      timeout: beat.default(5000).describe('milliseconds that an answer may take'),
    })
    .prefault({})
    .describe('how a connection that is dead without saying so is found'),
};

const fields = ['host', 'port', 'database', 'user', 'password'];

/** `extra.database`: where PostgreSQL is, by fields or by `uri`. */
export const database = z.union(
  [
    excluding(
      'uri',
      fields,
      z.strictObject({
        uri: z
          .string()
          .regex(/^postgres(ql)?:\/\//, { error: 'a URI such as postgres://user:password@host:5432/database' })
          .describe('a connection URI'),
        ...common,
      }),
    ),
    excluding(
      'host',
      ['uri'],
      z.strictObject({
        host: text.describe('host name or address, or the directory of a unix socket'),
        port: portNumber().default(5432),
        database: text.describe('name of the database'),
        user: text.describe('name of the role, normally crossbar'),
        password: z.string().optional().describe('password of the role'),
        ...common,
      }),
    ),
  ],
  { error: 'an object with uri, or with host, port, database, user and password' },
);

/** Where PostgreSQL is, checked. */
export type DatabaseConfiguration = z.output<typeof database>;
