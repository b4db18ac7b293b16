/** A NOTIFY channel, or `wal2json`, and the destination of its messages. */
export interface Bridge {
  readonly channel: string;
  /** The kind of the destination: `exchange`, `queue`, `topic` or `function`. */
  readonly kind: string;
  readonly name: string;
}

/** The parsed bridges, and the mistakes found. */
export interface Bridges {
  readonly bridges: readonly Bridge[];
  readonly problems: readonly string[];
}

const form = 'write CHANNEL->KIND:NAME, for example events->exchange:amq.topic';

/**
 * Parses `channel->kind:name, …`. A name may contain colons, as an ARN does.
 *
 * @param kinds the kinds of destination that the upstream supports.
 */
export function readBridgeChannels(text: string, kinds: readonly string[]): Bridges {
  const bridges: Bridge[] = [];
  const problems: string[] = [];
  for (const item of itemsOf(text)) {
    const [, channel = '', target = ''] = /^(.*?)->(.*)$/s.exec(item)?.map((part) => part.trim()) ?? [];
    const [, kind = '', name = ''] = /^(.*?):(.*)$/s.exec(target)?.map((part) => part.trim()) ?? [];
    if (channel === '' || kind === '' || name === '') problems.push(`"${item}" is no bridge: ${form}`);
    else if (!kinds.includes(kind)) {
      const known = kinds.map((known) => `"${known}"`).join(' or ');
      problems.push(`"${item}" goes to a "${kind}", and this kind of upstream has ${known}`);
    } else bridges.push({ channel, kind, name });
  }
  return { bridges, problems: bridges.length + problems.length > 0 ? problems : [`no bridge: ${form}`] };
}

/** Parses `channel:entity, …` of pg-amqp-bridge: an entity is an exchange or a queue. */
export function readAmqpBridgeChannels(text: string): Bridges {
  const bridges: Bridge[] = [];
  const problems: string[] = [];
  for (const item of itemsOf(text)) {
    const [, channel = '', name = ''] = /^(.*?):(.*)$/s.exec(item)?.map((part) => part.trim()) ?? [];
    if (channel === '' || name === '') problems.push(`"${item}" is no bridge: write CHANNEL:EXCHANGE or CHANNEL:QUEUE`);
    else if (bridges.some((other) => other.channel === channel)) {
      problems.push(`channel ${channel} is in two bridges; pg-amqp-bridge allows one per channel`);
    } else bridges.push({ channel, kind: 'either', name });
  }
  return { bridges, problems: bridges.length + problems.length > 0 ? problems : ['no bridge: write CHANNEL:EXCHANGE'] };
}

function itemsOf(text: string): string[] {
  return text.split(',').flatMap((item) => item.trim() || []);
}
