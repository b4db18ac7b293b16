import { Refused } from '@pgwamp/core';
import { isDeeperThan } from '@pgwamp/protocol/internal';
import type { CallDescription, MessageLimits } from './call-description.ts';
import type { CallerConfiguration } from './configuration.ts';

/** Assumed limits for a session of the application: the defaults of our router. */
const defaults = { max_message_size: 16 * 1024 * 1024, max_depth: 128 };

/** Number of bytes of a message besides procedure, arguments and options. */
const frame = 100;

/** Maximum number of UTF-8 bytes for one UTF-16 code unit. */
const bytesOfUnit = 3;

/** Returns the message limits of the configured transport. */
export function limitsOf({ transport }: CallerConfiguration): MessageLimits {
  const { max_message_size, max_depth } = transport.type === 'session' ? defaults : transport.options;
  return { maxMessageSize: max_message_size, maxDepth: max_depth };
}

/** @throws `Refused` if a call exceeds the router's limits. */
export function refuseUnsendable(call: CallDescription, limits: MessageLimits): void {
  const { procedure, payload, forwardFor } = call;
  // A single hop only contains two names of the database itself, so it is not measured.
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
  throw new Refused('too_large', `a call of ${size} bytes exceeds the limit of the router, which is ${maxMessageSize}`);
}

function refuseDeep(text: string, name: string, maxDepth: number): void {
  if (!isDeeperThan(text, maxDepth)) return;
  throw new Refused(
    'malformed',
    `${name} has more than the ${maxDepth} levels of nested lists and objects that the router accepts`,
  );
}
