import type { Emission, Publication } from './types.ts';

/**
 * Takes the text of `crossbar._content_of_publication` apart; JSON stays text.
 *
 * @param id the number of the publication, which comes beside it.
 */
export function parseEmission(id: string, content: string): Emission {
  const options = content.indexOf('\n') + 1;
  const args = content.indexOf('\n', options) + 1;
  const kwargs = content.indexOf('\n', args) + 1;
  // A line that is missing makes its index 0, so that the indices no longer rise.
  const whole = options > 0 && args > options && kwargs > args && content.indexOf('\n', kwargs) < 0;
  if (!whole) return { id: undefined, content };
  return {
    id,
    topic: content.slice(0, options - 1),
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
