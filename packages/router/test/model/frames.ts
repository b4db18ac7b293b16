/** HELLO.Details.roles that announce features, of which each is given as `callee.call_canceling`. */
export function rolesWith(features: readonly string[]): Record<string, { features: Record<string, true> }> {
  const roles: Record<string, { features: Record<string, true> }> = { subscriber: { features: {} } };
  for (const feature of features) {
    const [role = '', name = ''] = feature.split('.');
    roles[role] ??= { features: {} };
    roles[role].features[name] = true;
  }
  return roles;
}

/** The content of a frame; undefined if it is not JSON. */
export function parse(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}
