import type { OutgoingMessage } from '../../src/sinks/sink.ts';

let last = 0;

/** A message as the routes make it, with an id of its own. */
export function outgoing(destination: string, fields: Partial<OutgoingMessage> = {}): OutgoingMessage {
  last += 1;
  const payload = fields.payload ?? `{"number": ${last}}`;
  return {
    id: `0/16B3748/${last}`,
    channel: 'public.orders',
    size: Buffer.byteLength(payload),
    destination,
    key: '',
    orderKey: '',
    contentType: 'application/json',
    headers: {},
    origin: { source: 'changes', committedAt: undefined, receivedAt: 0, position: undefined },
    progress: { state: 'ready' },
    ...fields,
    payload,
  };
}
