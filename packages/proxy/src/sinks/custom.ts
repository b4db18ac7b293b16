import * as z from 'zod';
import { deliveryOptions } from './delivery-options.ts';
import type { OpenSink, SinkContext } from './sink.ts';

/** A sink of the application, for brokers without a kind of their own: a function that opens it. */
export const customOptions = z.strictObject({
  kind: z.literal('custom'),
  ...deliveryOptions,
  open: z
    .custom<(context: SinkContext) => Promise<OpenSink>>((value) => typeof value === 'function', {
      error: 'a function that opens a sink',
    })
    .describe('function that opens the sink; only for a Proxy in code'),
});
