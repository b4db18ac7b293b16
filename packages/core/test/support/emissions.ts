import { withDeadline } from '@pgwamp/harness';
import type { Batch, Emission, Source } from '../../src/sources/index.ts';

/** Whether enough was read. */
type Enough = (emissions: readonly Emission[], batch: Batch) => boolean;

/** Reads from a source until there is enough; each batch is confirmed if `confirm` says so. */
export async function readUntil(source: Source, enough: Enough, confirm = true): Promise<Emission[]> {
  const stop = new AbortController();
  const emissions: Emission[] = [];
  const reading = async () => {
    for await (const batch of source.read(stop.signal)) {
      emissions.push(...batch.emissions);
      if (confirm) await batch.confirm?.();
      if (enough(emissions, batch)) stop.abort();
    }
  };
  await withDeadline(reading(), 20_000, 'the source to yield enough').finally(() => stop.abort());
  return emissions;
}

/** Reads this many emissions, and up to where they can be confirmed. */
export function readSome(source: Source, count: number, confirm = true): Promise<Emission[]> {
  return readUntil(source, ({ length }, batch) => length >= count && batch.confirm !== undefined, confirm);
}

/** The topics of publications, without what all of them have in front. */
export function topicsOf(emissions: readonly Emission[]): string[] {
  return emissions.map((emission) =>
    emission.id === undefined ? `malformed: ${emission.content}` : emission.topic.replace('com.example.', ''),
  );
}
