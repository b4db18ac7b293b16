import type { AnyWorkerOptions } from './node-schema.ts';

/** Every worker with its id: the configured one, or its type and its number among workers of that type. */
export function withIds(workers: readonly AnyWorkerOptions[]): [id: string, worker: AnyWorkerOptions][] {
  const counts = { router: 0, container: 0, guest: 0 };
  return workers.map((worker) => {
    counts[worker.type] += 1;
    return [worker.id ?? `${worker.type}-${counts[worker.type]}`, worker];
  });
}
