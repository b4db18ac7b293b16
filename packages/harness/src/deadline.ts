/**
 * The result of `promise`, or an error that contains `what` if it is not settled in time.
 *
 * @param milliseconds - the time limit
 * @param what - the awaited event, for the error: "the session to join"
 */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`waited ${milliseconds} ms for ${what}`)), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
