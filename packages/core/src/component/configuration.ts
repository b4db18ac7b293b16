import { authentication, type DatabaseConfiguration, databaseLabel, milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import { transport } from '../wamp/transport-configuration.ts';
import type { Identity } from './context.ts';

/** The keys of `extra` for starting and stopping a component. */
export const lifeCycle = {
  startup: z
    .enum(['fail', 'wait'])
    .default('fail')
    .describe(
      'fail: the first start() rejects with errors that retrying cannot fix, for example a wrong password; wait: it waits',
    ),
  drain: milliseconds().default(5000).describe('milliseconds that stop() waits for running work'),
};

/** The keys by which a node identifies a component. */
export const classKeys = {
  type: z.literal('class').optional().describe('as in a Crossbar.io node; ignored'),
  classname: z.string().optional().describe('class of the component, for a node or the command'),
};

/**
 * The common configuration of all WAMP components, as in a Crossbar.io node. Each component defines its own `extra`.
 */
export const component = z.strictObject({
  ...classKeys,
  realm: z
    .string()
    .regex(/^[^\s#]+$/, { error: 'the name of a realm, without white space and "#"' })
    .describe('the realm to join, without white space and "#"'),
  role: z.string().min(1).optional().describe('WAMP role, for a router in the same process'),
  transport: transport.describe('how the router is reached'),
  authentication: authentication.prefault({}).describe('as whom to join; default: anonymous'),
});

/** The identity of a WAMP component: its kind, its database and its realm. */
export function wampIdentity(
  name: string,
  { realm, extra }: { readonly realm: string; readonly extra: { readonly database: DatabaseConfiguration } },
): Identity {
  return { name, labels: { database: databaseLabel(extra.database), realm } };
}
