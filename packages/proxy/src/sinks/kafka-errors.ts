import { Refused } from '@pgwamp/core';

/** The codes of a broker that refuses the connection. */
export const connectionRefusals = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'PLT_KFK_AUTHENTICATION',
  'CLUSTER_AUTHORIZATION_FAILED',
]);
/** The codes of errors of a message or its topic, rather than of the cluster. */
export const messageRefusals = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'CORRUPT_MESSAGE',
]);

/** Includes a new topic, which has no leader for a moment. */
export function isUnknownTopic(error: unknown): boolean {
  const codes = codesOf(error);
  if (codes.includes('UNKNOWN_TOPIC_OR_PARTITION') || codes.includes('LEADER_NOT_AVAILABLE')) return true;
  return /^Unknown topic /.test(explain(error));
}

/** The refusal for one of {@link messageRefusals}. */
export function refusalOf(error: unknown): Refused {
  const isTooLarge = codesOf(error).some((code) => /TOO_LARGE/.test(code));
  return new Refused(isTooLarge ? 'too_large' : 'refused', explain(error), { cause: error });
}

/** The library nests errors as causes of errors. */
function* causesOf(error: unknown): Generator<Error & { apiId?: string; code?: string }> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causesOf(inner);
  yield* causesOf(error.cause);
}

/** The codes of an error and of all its causes. */
export function codesOf(error: unknown): string[] {
  return [...causesOf(error)].flatMap(({ apiId, code }) => [apiId, code].filter((value) => value !== undefined));
}

/** The message of the innermost error. */
export function explain(error: unknown): string {
  return [...causesOf(error)].at(-1)?.message ?? String(error);
}
