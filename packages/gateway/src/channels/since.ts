/** What a client has already, as it says it: an id of the gateway, of the log, or both. */
export interface Since {
  readonly notification: { readonly epoch: string; readonly offset: number } | undefined;
  /** The id of a message of the log, and its position as a number. */
  readonly log: { readonly id: string; readonly position: bigint } | undefined;
}

const notificationId = /^(?<epoch>[\w.-]{1,64}):(?<offset>\d{1,15})$/;
const logId = /^(?<high>[0-9A-F]{1,8})\/(?<low>[0-9A-F]{1,8})(?:\/\d{1,10})?$/i;

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
      since = { ...since, log: { id, position } };
    } else {
      return undefined;
    }
  }
  return since;
}

/** A position in the log as PostgreSQL writes it. */
export function lsnText(position: bigint): string {
  return `${(position >> 32n).toString(16)}/${(position & 0xffffffffn).toString(16)}`.toUpperCase();
}
