import { authentication } from '@pgwamp/config';
import * as z from 'zod';
import { transport } from '../wamp/transport-configuration.ts';

/** What the configurations of all components have in common, as in a Crossbar.io node. `extra` is each component's own. */
export const component = z.strictObject({
  type: z.literal('class').optional(),
  classname: z.string().optional(),
  realm: z.string().regex(/^[^\s#]+$/, { error: 'the name of a realm, without white space and "#"' }),
  role: z.string().min(1).optional().describe('the WAMP role, where the router is in the same process'),
  transport,
  authentication: authentication.prefault({}),
});
