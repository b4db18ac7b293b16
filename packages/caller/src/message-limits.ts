import { Refused } from '@pgwamp/core';
import { isDeeperThan } from '@pgwamp/protocol/internal';
import type { CallDescription, MessageLimits } from './call-description.ts';
import type { CallerConfiguration } from './configuration.ts';

/** What a session of the application is expected to take: the defaults of our router. */
const defaults = { max_message_size: 16 * 1024 * 1024, max_depth: 128 };

/** Bytes of the message around procedure, arguments and options. */
const frame = 100;

/** UTF-8 takes at most as many bytes for a UTF-16 code unit. */
const bytesOfUnit = 3;

/** The limits that the transport of a configuration has. */
export function limitsOf({ transport }: CallerConfiguration): MessageLimits {
  const { max_message_size, max_depth } = transport.type === 'session' ? defaults : transport.options;
  return { maxMessageSize: max_message_size, maxDepth: max_depth };
}

/** @throws `Refused` if a call is larger or deeper than the router takes. */
export function refuseUnsendable(call: CallDescription, limits: MessageLimits): void {
  const { procedure, payload, forwardFor } = call;
  // A single hop is what the database says of itself: two names.
  const hops = forwardFor.length > 1 ? JSON.stringify(forwardFor) : '';
  const parts = [procedure, payload.args, payload.kwargs, hops];
  const units = parts.reduce((sum, part) => sum + part.length, frame);
  if (units * bytesOfUnit > limits.maxMessageSize) refuseLong(parts, limits);
  refuseDeep(payload.args, 'args', limits.maxDepth - 1);
  refuseDeep(payload.kwargs, 'kwargs', limits.maxDepth - 1);
  refuseDeep(hops, 'crossbar.forward_for', limits.maxDepth - 2);
}

function refuseLong(parts: readonly string[], { maxMessageSize }: MessageLimits): void {
  const size = parts.reduce((sum, part) => sum + Buffer.byteLength(part), frame);
  if (size <= maxMessageSize) return;
  throw new Refused('too_large', `a call of ${size} bytes is larger than the router takes, which is ${maxMessageSize}`);
}

function refuseDeep(text: string, name: string, maxDepth: number): void {
  if (!isDeeperThan(text, maxDepth)) return;
  throw new Refused(
    'malformed',
    `${name} has more than the ${maxDepth} levels of lists and objects that the router takes`,
  );
}
