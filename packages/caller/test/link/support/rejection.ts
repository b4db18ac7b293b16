/** The error that a promise is rejected with. */
export async function rejection<Failure extends Error = Error>(promise: Promise<unknown>): Promise<Failure> {
  const value = await promise.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  if ('error' in value) return value.error as Failure;
  throw new Error('expected an error, got none');
}
