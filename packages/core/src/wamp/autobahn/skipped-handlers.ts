const atOnce = Promise.resolve();

/**
 * If a handler is unsubscribed while an event is being delivered, AutobahnJS skips the next handler of the topic.
 * Therefore an unsubscription waits for the end of the delivery.
 */
export function afterHandlers(): Promise<void> {
  return atOnce;
}
