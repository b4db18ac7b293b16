const atOnce = Promise.resolve();

/**
 * AutobahnJS skips the next handler of a topic when one is unsubscribed while an event is being handed out. So an
 * unsubscription waits until that is done.
 */
export function afterHandlers(): Promise<void> {
  return atOnce;
}
