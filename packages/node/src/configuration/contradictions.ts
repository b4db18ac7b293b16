import type { ConfigurationIssue } from '@pgwamp/config';
import type { NodeOptions, RouterOptions } from './node-schema.ts';
import type { Path } from './source-file.ts';

/** What each part of a node's configuration allows and the whole does not. */
export function contradictions({ workers }: NodeOptions): ConfigurationIssue[] {
  return workers.flatMap((worker, index) => {
    const path = ['workers', index];
    const former = workers.findIndex(({ id }) => id !== undefined && id === worker.id);
    const twice =
      former >= 0 && former < index ? [{ keys: [...path, 'id'], message: `workers[${former}] has the same id` }] : [];
    return [...twice, ...(worker.type === 'router' ? unknownRealms(worker, path) : [])];
  });
}

/** Components beside a router join one of its realms, with a role of that realm. */
function unknownRealms({ realms, components }: RouterOptions, path: Path): ConfigurationIssue[] {
  return components.flatMap(({ realm: name, role }, index) => {
    if (name === undefined) return [];
    const own = [...path, 'components', index];
    const realm = realms.find((it) => it.name === name);
    if (!realm) return [{ keys: [...own, 'realm'], message: `this worker has no such realm: ${namesOf(realms)}` }];
    const roles = realm.roles;
    if (roles === undefined || role === 'trusted' || roles.some((it) => it.name === (role ?? 'anonymous'))) return [];
    const keys = role === undefined ? own : [...own, 'role'];
    return [{ keys, message: `realm ${name} has no role ${role ?? 'anonymous'}: ${namesOf(roles)}` }];
  });
}

function namesOf(list: readonly { readonly name: string }[]): string {
  return `expected ${list.map(({ name }) => name).join(' or ')}`;
}
