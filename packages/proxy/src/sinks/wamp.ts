import { authentication } from '@pgwamp/config';
import { Lost, Refused, SessionLostError, WampError } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import { openSession, type PublishingSession, transport } from '@pgwamp/core/internal/wamp';
import * as z from 'zod';
import { deliveryOptions } from './delivery-options.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

/** A sink for a realm of a WAMP router; routes name a topic. */
export const wampOptions = z.strictObject({
  kind: z.literal('wamp'),
  ...deliveryOptions,
  realm: z.string().min(1).describe('the realm to publish in'),
  role: z.string().min(1).optional().describe('WAMP role, for a router in the same process'),
  transport: transport.describe('address of the router, with the keys of transport of all components'),
  authentication: authentication
    .default({ anonymous: {} })
    .describe('authentication, with the keys of authentication of all components'),
});

/**
 * Joins a realm. A publication has one positional argument, the payload: as JSON if it is JSON, otherwise as text or
 * bytes. Its keyword arguments are `id` and, if there is one, `key`.
 */
export async function openWamp(options: z.output<typeof wampOptions>, { log }: SinkContext): Promise<OpenSink> {
  const session = await openSession({ ...options, onError: (error, message) => log.error({ err: error }, message) });
  return new WampSink(session);
}

class WampSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #session: PublishingSession;

  constructor(session: PublishingSession) {
    this.#session = session;
    this.lost = session.lost;
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const { id, key, destination, headers } = message;
    const kwargs = { ...headers, id, ...(key !== '' && { key }) };
    return this.#session
      .publishText('', destination, `[${argumentOf(message)}]`, JSON.stringify(kwargs))
      .catch((error: unknown) => {
        if (error instanceof WampError) throw new Refused('refused', error.message, { cause: error });
        if (error instanceof SessionLostError) throw new Lost(error.message, error.blamesMessage, { cause: error });
        throw error;
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** In JSON, WAMP represents bytes as base64 after U+0000. */
function argumentOf({ payload, contentType }: OutgoingMessage): string {
  if (/[/+]json\b/.test(contentType)) return String(payload);
  return JSON.stringify(typeof payload === 'string' ? payload : `\0${payload.toString('base64')}`);
}
