import type { Emission, Publication } from './types.ts';

/** Takes the text of `crossbar.encode_publication` apart; JSON stays text. */
export function parseEmission(content: string): Emission {
  const topic = content.indexOf('\n') + 1;
  const options = content.indexOf('\n', topic) + 1;
  const args = content.indexOf('\n', options) + 1;
  const kwargs = content.indexOf('\n', args) + 1;
  const id = content.slice(0, topic - 1);
  // A line that is missing makes its index 0, so that the indices no longer rise.
  const whole = topic > 1 && options > topic && args > options && kwargs > args && content.indexOf('\n', kwargs) < 0;
  if (!whole || !/^\d{1,18}$/.test(id)) return { id: undefined, content };
  return {
    id,
    topic: content.slice(topic, options - 1),
    options: content.slice(options, args - 1),
    args: content.slice(args, kwargs - 1),
    kwargs: content.slice(kwargs),
  };
}

/** Whether the author of a publication wants to read its outcome. */
export function wantsAcknowledgement({ options }: Publication): boolean {
  return options !== '' && (JSON.parse(options) as { acknowledge?: boolean } | null)?.acknowledge === true;
}

/** Roughly what the objects of an emission take besides their characters. */
const overhead = 400;

/** Roughly the bytes that an emission takes while it is on its way. */
export function sizeOf(emission: Emission): number {
  if (emission.id === undefined) return emission.content.length + overhead;
  return emission.topic.length + emission.options.length + emission.args.length + emission.kwargs.length + overhead;
}
