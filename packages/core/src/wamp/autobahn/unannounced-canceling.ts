/**
 * AutobahnJS does not announce in HELLO that a call to the callee can be cancelled: it cannot, but
 * {@link "../dispatcher.ts"} does it in its place.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-call-canceling
 */
export function withCallCanceling(hello: unknown[]): unknown[] {
  // AutobahnJS sends the same object for every session.
  const details = structuredClone(hello[2]) as { roles: { callee: { features: Record<string, boolean> } } };
  details.roles.callee.features.call_canceling = true;
  return hello.with(2, details);
}
