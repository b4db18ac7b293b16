/**
 * The result of `promise`, or an error that names `what` when it is not settled in time.
 *
 * @param milliseconds - how long to wait
 * @param what - what is waited for, as it should stand in the error: "the session to join"
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
