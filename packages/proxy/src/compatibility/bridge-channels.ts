/** A channel of NOTIFY, or `wal2json`, and where its messages go. */
export interface Bridge {
  readonly channel: string;
  /** What the destination is: `exchange`, `queue`, `topic` or `function`. */
  readonly kind: string;
  readonly name: string;
}

/** What is read of a list: the bridges, or what is wrong. */
export interface Bridges {
  readonly bridges: readonly Bridge[];
  readonly problems: readonly string[];
}

const form = 'write CHANNEL->KIND:NAME, for example events->exchange:amq.topic';

/**
 * Reads `channel->kind:name, …`. A name may have colons, such as those of an ARN.
 *
 * @param kinds what an upstream takes.
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

/** Reads `channel:entity, …`, of pg-amqp-bridge: an entity is an exchange, or a queue. */
export function readAmqpBridgeChannels(text: string): Bridges {
  const bridges: Bridge[] = [];
  const problems: string[] = [];
  for (const item of itemsOf(text)) {
    const [, channel = '', name = ''] = /^(.*?):(.*)$/s.exec(item)?.map((part) => part.trim()) ?? [];
    if (channel === '' || name === '') problems.push(`"${item}" is no bridge: write CHANNEL:EXCHANGE or CHANNEL:QUEUE`);
    else if (bridges.some((other) => other.channel === channel)) {
      problems.push(`channel ${channel} stands in two bridges; pg-amqp-bridge takes one for each channel`);
    } else bridges.push({ channel, kind: 'either', name });
  }
  return { bridges, problems: bridges.length + problems.length > 0 ? problems : ['no bridge: write CHANNEL:EXCHANGE'] };
}

function itemsOf(text: string): string[] {
  return text.split(',').flatMap((item) => item.trim() || []);
}
