import { integer, isLocal, listeningEndpoint, milliseconds } from '@pgwamp/config';
import { workerSchema } from '@pgwamp/router/worker';
import * as z from 'zod';
import { type ComponentClasses, componentSchema } from './component-schema.ts';

const text = z.string().min(1);

/** Programs cannot be given the character U+0000. */
const argument = z.string().regex(/^[^\0]*$/, { error: 'a text without the character U+0000' });

const id = text.regex(/^[\w.-]+$/, { error: 'letters, digits and the characters _ . -' }).optional();

const workerId = id.describe('name in log, status and metrics; default: router-1 and so on');

const restart = z
  .strictObject({
    first: milliseconds({ min: 1 })
      .default(500)
      .describe('milliseconds before the first restart; each further pause is twice as long'),
    longest: milliseconds({ min: 1 }).default(30_000).describe('milliseconds of the longest pause'),
    attempts: integer({ min: 0, max: 1000 })
      .default(5)
      .describe('consecutive restarts after which the node gives up and exits'),
    stable: milliseconds({ min: 1 })
      .default(10_000)
      .describe('milliseconds of running after which restarts are counted from zero'),
  })
  .prefault({})
  .describe('restart of workers that exit unexpectedly');

const [listeningTcp, listeningUnix] = listeningEndpoint.options;

const adminEndpoint = z.discriminatedUnion('type', [listeningTcp.omit({ tls: true }), listeningUnix], {
  error: 'an object with type "tcp" (port) or "unix" (path)',
});

const consolePage = z
  .strictObject({
    realm: text.default('realm1').describe('realm whose events and procedures the page shows'),
    topics: z.array(text).default([]).describe('topics that the page subscribes to when it is opened'),
    password: text.optional().describe('password of the page'),
    token: z
      .strictObject({
        key: text.describe('the secret of HS256, or the public key of the others as PEM text'),
        algorithm: z.enum(['HS256', 'RS256', 'ES256', 'EdDSA']).describe('signature algorithm of tokens'),
        audience: text.optional().describe('audience that a token must have'),
      })
      .optional()
      .describe('sign-in with a JWT, and the key to verify it'),
    writes: z
      .boolean()
      .default(false)
      .describe('whether the page may publish, call, and change something, for example discard a refused event'),
  })
  .refine(({ password, token }) => password === undefined || token === undefined, {
    error: 'either a token or a password, not both',
    path: ['token'],
  });

const admin = z
  .strictObject({
    endpoint: adminEndpoint.describe('where it listens'),
    allowed_hosts: z
      .array(text)
      .min(1)
      .optional()
      .describe(
        'allowed names in the header Host, without the port; default: on a loopback address only addresses, localhost and names without a dot',
      ),
    console: consolePage.optional().describe('serves the console, a web page, at /console/'),
  })
  .refine(
    ({ endpoint, console: page }) =>
      !page || isLocal(endpoint) || page.password !== undefined || page.token !== undefined,
    { error: 'a password or a token, since the endpoint is not on a loopback address', path: ['console', 'password'] },
  );

const controller = z
  .strictObject({
    id: id.describe('name of the node, for logs'),
    admin: admin
      .optional()
      .describe('HTTP endpoint with /live, /ready, /metrics, /status and /config, which have no authentication'),
    options: z
      .strictObject({
        title: text.optional().describe('title of the process'),
        shutdown_timeout: milliseconds({ min: 0 })
          .default(10_000)
          .describe('time limit for workers to stop, in milliseconds; then they are killed'),
        restart,
        reload_on_notify: z
          .boolean()
          .default(true)
          .describe("whether NOTIFY pgwamp, 'reload' in a database of the node's components reads this file again"),
      })
      .prefault({})
      .describe('options of the node itself'),
  })
  .prefault({})
  .describe('the node itself');

/** The environment variables of a worker or a guest. */
const env = z
  .strictObject({
    inherit: z
      .union([z.boolean(), z.array(text)], { error: 'true, false or a list of names' })
      .default(true)
      .describe('inherited environment variables of the node: all, none, or those with these names'),
    vars: z.record(text, argument).default({}).describe('further variables'),
  })
  .prefault({})
  .describe('environment variables');

const workerOptions = z
  .strictObject({
    title: text.optional().describe('title of the process'),
    env,
    reactor: z.record(z.string(), z.unknown()).optional().describe('accepted for Crossbar.io; it has no effect'),
  })
  .prefault({})
  .describe('options of the process');

const output = z.enum(['log', 'drop', 'close']).default('log');

const guest = z
  .strictObject({
    id: workerId,
    type: z.literal('guest'),
    executable: argument.min(1).describe('a path, or the name of a program in PATH'),
    arguments: z.array(argument).default([]).describe('its arguments'),
    options: z
      .strictObject({
        env,
        workdir: argument.min(1).optional().describe("working directory, relative to the configuration file's folder"),
        stdin: z
          .union(
            [
              z.literal('close'),
              z.strictObject({
                type: z.literal('json'),
                value: z.unknown().describe('input of the guest, as JSON'),
                close: z.boolean().default(true).describe('whether to close the input afterwards'),
              }),
            ],
            { error: '"close" or an object with type "json" and value' },
          )
          .default('close')
          .describe('standard input'),
        stdout: output.describe('standard output'),
        stderr: output.describe('standard error'),
      })
      .prefault({})
      .describe('options of the process'),
  })
  .describe('any program, kept running');

/** A node with its workers. */
function nodeSchemaWith<Side extends z.ZodType, Apart extends z.ZodType>(sideBySide: Side, apart: Apart) {
  const router = workerSchema
    .extend({
      id: workerId,
      type: z.literal('router'),
      options: workerOptions,
      components: z.array(sideBySide).default([]).describe('components in the process of the router'),
    })
    .describe('a WAMP router in its own process');
  const container = z
    .strictObject({
      id: workerId,
      type: z.literal('container'),
      options: workerOptions,
      components: z.array(apart).min(1).describe('components that connect to a router'),
    })
    .describe('components in their own process');
  return z.strictObject({
    $schema: z.string().optional().describe('the JSON Schema, for editors'),
    version: z.literal(2, { error: '2, the version of the format' }).describe('version of the format'),
    controller,
    workers: z
      .array(
        z.discriminatedUnion('type', [router, container, guest], {
          error: 'a worker of type router, container or guest',
        }),
      )
      .min(1, { error: 'at least one worker' })
      .describe('processes that the node supervises'),
  });
}

/** The schema of a node, with the loaded component classes. */
export function nodeSchema(classes: ComponentClasses) {
  return nodeSchemaWith(componentSchema(classes, 'router'), componentSchema(classes, 'container'));
}

/** A checked node. */
export type NodeOptions = z.output<ReturnType<typeof nodeSchema>>;
/** A checked worker. */
export type AnyWorkerOptions = NodeOptions['workers'][number];
/** A checked router worker. */
export type RouterOptions = Extract<AnyWorkerOptions, { type: 'router' }>;
/** A checked container worker. */
export type ContainerOptions = Extract<AnyWorkerOptions, { type: 'container' }>;
/** A checked guest worker. */
export type GuestOptions = z.output<typeof guest>;
/** The restart options of workers. */
export type RestartOptions = z.output<typeof restart>;
/** The options of the console. */
export type ConsoleOptions = z.output<typeof consolePage>;
/** The options of the admin endpoint. */
export type AdminOptions = NonNullable<NodeOptions['controller']['admin']>;
