import * as z from 'zod';
import { customOptions } from './custom.ts';
import type { OpenSink, SinkContext } from './sink.ts';

/** `extra.sinks.NAME`: `kind` decides. */
export const sinkOptions = z.discriminatedUnion('kind', [customOptions], { error: 'a sink with a known kind' });

/** A sink, checked. */
export type SinkOptions = z.output<typeof sinkOptions>;

/** Connects to the broker of a sink; its library is loaded now. */
export async function openSink(options: SinkOptions, context: SinkContext): Promise<OpenSink> {
  switch (options.kind) {
    case 'custom':
      return options.open(context);
  }
}
