/**
 * AutobahnJS does not announce call canceling for callees in HELLO, because it does not support it. {@link
 * "../dispatcher.ts"} implements it instead, so this function announces it.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-call-canceling
 */
export function withCallCanceling(hello: unknown[]): unknown[] {
  // The copy is needed because AutobahnJS sends the same object for every session.
  const details = structuredClone(hello[2]) as { roles: { callee: { features: Record<string, boolean> } } };
  details.roles.callee.features.call_canceling = true;
  return hello.with(2, details);
}
