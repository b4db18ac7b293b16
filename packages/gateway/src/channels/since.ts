import { lsnText } from '@pgwamp/core/internal/postgres';
import type { Timeline } from '../log/slots.ts';

/** The position that a client sends to resume: an id of the gateway, of the log, or both. */
export interface Since {
  readonly notification: { readonly epoch: string; readonly offset: number } | undefined;
  /**
   * The id of a message of the log and its position as a number. The timeline is set if the id is a position between
   * messages.
   */
  readonly log: { readonly id: string; readonly position: bigint; readonly timeline: string | undefined } | undefined;
}

const notificationId = /^(?<epoch>[\w.-]{1,64}):(?<offset>\d{1,15})$/;
const logId = /^(?<high>[0-9A-F]{1,8})\/(?<low>[0-9A-F]{1,8})(?:\/\d{1,10}|@(?<timeline>[0-9a-z]{1,13}-\d{1,10}))?$/i;

/** Parses `?since=`, `Last-Event-ID`, or `since` of a message; undefined if no gateway has created it. */
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

/** The id of a position between two messages of the log. */
export function placeInLog(position: bigint, timeline: Timeline | undefined): string {
  return timeline === undefined ? lsnText(position) : `${lsnText(position)}@${timeline.name}`;
}
