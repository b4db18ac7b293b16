import type { ConfigurationIssue } from '@pgwamp/config';
import { checkWorker, RouterOptionError } from '@pgwamp/router/worker';
import { type ComponentOptions, componentId } from './component-schema.ts';
import type { NodeOptions, RouterOptions } from './node-schema.ts';
import type { Path } from './source-file.ts';
import { withIds } from './worker-ids.ts';

/** Contradictions between parts of a node's configuration that are valid separately. */
export function contradictions({ workers }: NodeOptions): ConfigurationIssue[] {
  const ids = withIds(workers).map(([id]) => id);
  return [
    ...repeated(ids, (index) => (workers[index]?.id === undefined ? ['workers', index] : ['workers', index, 'id'])),
    ...workers.flatMap((worker, index) => {
      const path = ['workers', index];
      if (worker.type === 'guest') return [];
      const own = repeatedComponents(worker.components, path);
      return worker.type === 'router' ? [...own, ...unknownRealms(worker, path), ...refused(worker, path)] : own;
    }),
  ];
}

function repeated(ids: readonly string[], place: (index: number) => Path): ConfigurationIssue[] {
  return ids.flatMap((id, index) => {
    if (ids.indexOf(id) === index) return [];
    return [
      {
        keys: place(index),
        message: `the id ${JSON.stringify(id)} is already used by the worker with index ${ids.indexOf(id)}`,
      },
    ];
  });
}

function repeatedComponents(components: readonly ComponentOptions[], path: Path): ConfigurationIssue[] {
  const ids = components.map((it, index) => componentId(it, index));
  return repeated(ids, (index) => [...path, 'components', index]);
}

/** The mistakes that only the router itself can find, for example in its limits. */
function refused(worker: RouterOptions, path: Path): ConfigurationIssue[] {
  try {
    checkWorker(worker);
    return [];
  } catch (error) {
    if (!(error instanceof RouterOptionError)) throw error;
    return [{ keys: path, message: error.message }];
  }
}

/** The mistakes of components in a router worker: an unknown realm, or an unknown role of the realm. */
function unknownRealms({ realms, components }: RouterOptions, path: Path): ConfigurationIssue[] {
  return components.flatMap(({ realm: name, role }, index) => {
    if (name === undefined) return [];
    const own = [...path, 'components', index];
    const realm = realms.find((it) => it.name === name);
    if (!realm) return [{ keys: [...own, 'realm'], message: `unknown realm: ${namesOf(realms)}` }];
    const roles = realm.roles;
    if (roles === undefined || role === 'trusted' || roles.some((it) => it.name === (role ?? 'anonymous'))) return [];
    const keys = role === undefined ? own : [...own, 'role'];
    return [{ keys, message: `realm ${name} has no role ${role ?? 'anonymous'}: ${namesOf(roles)}` }];
  });
}

function namesOf(list: readonly { readonly name: string }[]): string {
  return `expected ${list.map(({ name }) => name).join(' or ')}`;
}
