import { Refused } from '@pgwamp/core';
import type { OutgoingMessage } from './sink.ts';

const maxString = 65_535;
/** The size limit of an MQTT packet, minus the part before the payload. */
const maxPayload = 268_435_455 - maxString - 7;

/**
 * Returns the reason why no broker of MQTT can accept a message; undefined if it can.
 *
 * @param limit the packet size limit of the broker, if it has stated one.
 */
export function mqttRefusal(
  message: OutgoingMessage,
  version: '3.1.1' | '5',
  limit: number = maxPayload,
): Refused | undefined {
  const { destination, payload, size } = message;
  const bytes = typeof payload === 'string' ? Math.max(size, payload.length) : payload.length;
  if (bytes > limit) return new Refused('too_large', `it has ${bytes} bytes, but the broker accepts at most ${limit}`);
  if (destination === '' || /[+#]/.test(destination) || !isString(destination))
    return new Refused('malformed', `${JSON.stringify(destination.slice(0, 100))} cannot be a topic of MQTT`);
  if (version === '5' && !propertiesOf(message).every(isString))
    return new Refused('malformed', 'its key, id, content type or a header cannot be a string of MQTT');
  return undefined;
}

function isString(text: string): boolean {
  return !text.includes('\0') && Buffer.byteLength(text) <= maxString;
}

/** The properties that MQTT 5 transmits besides topic and payload. */
function propertiesOf({ id, key, contentType, headers }: OutgoingMessage): string[] {
  return [id, key, contentType, ...Object.entries(headers).flat()];
}
