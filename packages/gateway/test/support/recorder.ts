import { waitFor } from '@pgwamp/harness';
import type { FeedEvents, FeedMessage } from '../../src/context.ts';

/** Something that a feed has told, as a test writes it down. */
export type Told = { readonly message: FeedMessage } | { readonly gap: string } | { readonly ended: string };

/** Notes down what feeds tell. */
export class Recorder implements FeedEvents {
  readonly told = new Map<string, Told[]>();

  message(message: FeedMessage): void {
    this.#note(message.channel, { message });
  }

  interrupted(channels: readonly string[], reason: string): void {
    for (const channel of channels) this.#note(channel, { gap: reason });
  }

  resumed(channels: readonly string[]): void {
    for (const channel of channels) this.#note(channel, { gap: 'over' });
  }

  ended(channel: string, reason: string): void {
    this.#note(channel, { ended: reason });
  }

  /** The messages of a channel. */
  messages(channel: string): FeedMessage[] {
    return (this.told.get(channel) ?? []).flatMap((told) => ('message' in told ? [told.message] : []));
  }

  /** The payloads of a channel, parsed, once there are so many. */
  async payloads(channel: string, count: number): Promise<Record<string, unknown>[]> {
    const what = `${count} messages of ${channel}`;
    await waitFor(() => this.messages(channel).length >= count, { what }).catch((error: Error) => {
      throw new Error(`${error.message}; told: ${JSON.stringify(this.told.get(channel) ?? [], withoutBigints)}`);
    });
    return this.messages(channel).map(({ payload }) => JSON.parse(String(payload)));
  }

  /** The gaps of a channel, and why it has ended. */
  reasons(channel: string): string[] {
    return (this.told.get(channel) ?? []).flatMap((told) =>
      'gap' in told ? [told.gap] : 'ended' in told ? [`ended: ${told.ended}`] : [],
    );
  }

  #note(channel: string, told: Told): void {
    const all = this.told.get(channel) ?? [];
    this.told.set(channel, all);
    all.push(told);
  }
}

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
