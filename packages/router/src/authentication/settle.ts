/** Goes on with a value at once if it is there, and when it is there if it is not: nothing waits without need. */
export function settle<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
