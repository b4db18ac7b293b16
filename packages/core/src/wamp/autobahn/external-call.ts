import { PayloadText } from '../payload-text.ts';

/** The promise that AutobahnJS returns for a call. Its published types are incomplete. */
export interface ExternalCall extends PromiseLike<unknown> {
  then<Result, Failure>(
    onResult?: ((result: unknown) => Result | PromiseLike<Result>) | null,
    onError?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
    onProgress?: (result: unknown) => void,
  ): PromiseLike<Result | Failure>;
  cancel(options: { readonly mode: string }): void;
}

/**
 * Returns the result of an AutobahnJS call as text. AutobahnJS unwraps a single positional result, so an empty result
 * looks like `null`. Here, `null` becomes an empty result.
 */
export async function externalResult(
  call: ExternalCall,
  onProgress: ((progress: PayloadText) => void) | undefined,
): Promise<PayloadText> {
  const progress = onProgress && ((result: unknown) => onProgress(textOf(result)));
  return textOf(await call.then((result) => result, undefined, progress));
}

function textOf(result: unknown): PayloadText {
  if (result === null || result === undefined) return new PayloadText('[]');
  if (!isResult(result)) return PayloadText.of([result]);
  const { args, kwargs } = result;
  const payload = PayloadText.of(args ?? [], kwargs ?? {});
  return payload.args === '' ? new PayloadText('[]') : payload;
}

/** The class is identified by name, because the application may use another copy of AutobahnJS. */
function isResult(value: unknown): value is { readonly args: unknown[] | null; readonly kwargs: object | null } {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value)?.constructor.name === 'Result';
}
