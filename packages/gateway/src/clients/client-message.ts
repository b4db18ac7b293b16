import * as z from 'zod';
import { readSince } from '../channels/since.ts';

const ref = z.union([z.string().max(200), z.number()]).optional();

const since = z.string().refine((text) => readSince(text) !== undefined, { error: 'expected an id of the gateway' });

/** The schema of a message from a client of `pgwamp.v1`. */
const clientMessage = z.discriminatedUnion(
  'type',
  [
    z
      .object({
        type: z.literal('subscribe'),
        channel: z.string().optional(),
        channels: z.array(z.string()).optional(),
        since: since.optional(),
      })
      .refine(({ channel, channels }) => (channel === undefined) !== (channels === undefined), {
        error: 'expected either channel or channels',
      }),
    z.object({ type: z.literal('unsubscribe'), channel: z.string() }),
    z.object({ type: z.literal('send'), payload: z.string(), channel: z.string().optional(), ref }),
    z.object({ type: z.literal('token'), token: z.string(), ref }),
  ],
  { error: 'expected an object with a type of subscribe, unsubscribe, send or token' },
);

/** A message from a client of `pgwamp.v1`; see the table of the protocol. */
export type ClientMessage = z.output<typeof clientMessage>;

/** A frame of a client is wrong; the message describes the mistake. */
export class FrameError extends Error {}

/** @throws `FrameError` */
export function readClientMessage(text: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FrameError(`not JSON: ${(error as Error).message}`);
  }
  const result = clientMessage.safeParse(value);
  if (result.success) return result.data;
  throw new FrameError(result.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '));
}
