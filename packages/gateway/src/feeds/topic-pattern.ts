/** Tells whether a topic is one that a channel of topics asks for. */
export type TopicTest = (topic: string) => boolean;

/**
 * Reads a topic or a pattern of topics: `*` stands for one component, `**` at the end for one or more.
 *
 * @returns undefined if it is neither.
 * @example
 * ```ts
 * topicTest('com.shop.*.created')?.('com.shop.order.created'); // true
 * topicTest('com.shop.**')?.('com.shop.order.created'); // true
 * ```
 */
export function topicTest(pattern: string): TopicTest | undefined {
  const components = pattern.split('.');
  if (components.some((component) => !isComponent(component))) return undefined;
  const rest = components.indexOf('**');
  if (rest >= 0 && rest < components.length - 1) return undefined;
  if (!pattern.includes('*')) return (topic) => topic === pattern;
  const fixed = rest < 0 ? components : components.slice(0, rest);
  return (topic) => {
    const given = topic.split('.');
    const fits = rest < 0 ? given.length === fixed.length : given.length > fixed.length;
    return fits && fixed.every((component, index) => component === '*' || component === given[index]);
  };
}

/** A star stands alone, so that nobody takes `order*` for a prefix. */
function isComponent(text: string): boolean {
  return text === '*' || text === '**' || (text !== '' && !/[\s\0#*]/.test(text));
}
