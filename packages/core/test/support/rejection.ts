/** The error that a promise is rejected with. */
export async function rejection<Failure extends Error = Error>(promise: Promise<unknown>): Promise<Failure> {
  const value = await promise.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  if ('error' in value) return value.error as Failure;
  throw new Error(`expected an error, got the result ${JSON.stringify(value.result)}`);
}

/** The error that a function throws at once. */
export function thrown<Failure extends Error = Error>(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    return error as Failure;
  }
  throw new Error('expected an error, got none');
}
