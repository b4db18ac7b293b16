import { lsnText } from '@pgwamp/core/internal/postgres';
import type { Timeline } from '../log/slots.ts';

/** What a client has already, as it says it: an id of the gateway, of the log, or both. */
export interface Since {
  readonly notification: { readonly epoch: string; readonly offset: number } | undefined;
  /** The id of a message of the log, and its position as a number; the timeline where the id is that of a place between messages. */
  readonly log: { readonly id: string; readonly position: bigint; readonly timeline: string | undefined } | undefined;
}

const notificationId = /^(?<epoch>[\w.-]{1,64}):(?<offset>\d{1,15})$/;
const logId = /^(?<high>[0-9A-F]{1,8})\/(?<low>[0-9A-F]{1,8})(?:\/\d{1,10}|@(?<timeline>[0-9a-z]{1,13}-\d{1,10}))?$/i;

/** Reads `?since=`, `Last-Event-ID`, or `since` of a message; undefined if it is none that a gateway has made. */
export function readSince(text: string): Since | undefined {
  let since: Since = { notification: undefined, log: undefined };
  for (const id of text.split(',', 3)) {
    const notification = notificationId.exec(id)?.groups;
    const log = logId.exec(id)?.groups;
    if (notification) {
      since = { ...since, notification: { epoch: notification.epoch ?? '', offset: Number(notification.offset) } };
    } else if (log) {
      const position = (BigInt(`0x${log.high}`) << 32n) + BigInt(`0x${log.low}`);
      since = { ...since, log: { id, position, timeline: log.timeline } };
    } else {
      return undefined;
    }
  }
  return since;
}

/** What clients are told as a place between two messages of the log. */
export function placeInLog(position: bigint, timeline: Timeline | undefined): string {
  return timeline === undefined ? lsnText(position) : `${lsnText(position)}@${timeline.name}`;
}
