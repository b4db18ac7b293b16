/** Whether a topic belongs to a channel of topics. */
export type TopicTest = (topic: string) => boolean;

/**
 * Creates the test of a topic or a pattern of topics: `*` matches one component, `**` at the end one or more.
 *
 * @returns undefined if the pattern is invalid.
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

/** A star must be a whole component, so that nobody mistakes `order*` for a prefix. */
function isComponent(text: string): boolean {
  return text === '*' || text === '**' || (text !== '' && !/[\s\0#*]/.test(text));
}
