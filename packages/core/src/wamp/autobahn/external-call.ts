import { PayloadText } from '../payload-text.ts';

/** What AutobahnJS gives for a call, of which its published types do not tell all. */
export interface ExternalCall extends PromiseLike<unknown> {
  then<Result, Failure>(
    onResult?: ((result: unknown) => Result | PromiseLike<Result>) | null,
    onError?: ((error: unknown) => Failure | PromiseLike<Failure>) | null,
    onProgress?: (result: unknown) => void,
  ): PromiseLike<Result | Failure>;
  cancel(options: { readonly mode: string }): void;
}

/**
 * What a call of AutobahnJS gives, as text. AutobahnJS unwraps a single positional result, so that none looks like
 * `null`, which becomes none here.
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

/** By its class's name: the application may have another copy of AutobahnJS. */
function isResult(value: unknown): value is { readonly args: unknown[] | null; readonly kwargs: object | null } {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value)?.constructor.name === 'Result';
}
