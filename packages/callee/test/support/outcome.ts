import { WampError } from '@pgwamp/core';
import type { CallResult } from '@pgwamp/core/internal/wamp';

/** The positional result of a call, or the URI of its error. */
export async function answerTo(call: Promise<CallResult>): Promise<readonly unknown[] | string> {
  try {
    return (await call).args;
  } catch (error) {
    if (error instanceof WampError) return error.error;
    throw error;
  }
}

/** The WAMP error of a call; fails when it succeeds. */
export async function errorOf(call: Promise<CallResult>): Promise<WampError> {
  try {
    const { args } = await call;
    throw new Error(`the call should have failed, and gave ${JSON.stringify(args)}`);
  } catch (error) {
    if (error instanceof WampError) return error;
    throw error;
  }
}
