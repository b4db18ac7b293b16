import { withDeadline } from '@pgwamp/harness';
import type { Batch, Message, Source } from '../../src/pipeline/index.ts';

/** Whether enough was read. */
type Enough = (messages: readonly Message[], batch: Batch) => boolean;

/** Reads from a source until there is enough; each batch is confirmed if `confirm` says so. */
export async function readUntil(source: Source, enough: Enough, confirm = true): Promise<Message[]> {
  const stop = new AbortController();
  const messages: Message[] = [];
  const reading = async () => {
    for await (const batch of source.read(stop.signal)) {
      messages.push(...batch.messages);
      if (confirm) await batch.confirm?.();
      if (enough(messages, batch)) stop.abort();
    }
  };
  await withDeadline(reading(), 20_000, 'the source to yield enough').finally(() => stop.abort());
  return messages;
}

/** Reads this many messages, and up to where they can be confirmed. */
export function readSome(source: Source, count: number, confirm = true): Promise<Message[]> {
  return readUntil(source, ({ length }, batch) => length >= count && batch.confirm !== undefined, confirm);
}

/** The topics of publications (the first line of their text), without the common prefix. */
export function topicsOf(messages: readonly Message[]): string[] {
  return messages.map(({ payload }) => String(payload).replace(/\n.*/s, '').replace('com.example.', ''));
}
