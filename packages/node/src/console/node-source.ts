import { isDeepStrictEqual } from 'node:util';
import { databaseLabel } from '@pgwamp/config';
import { databasesOf } from '../configuration/databases.ts';
import { type NodeHost, withoutMetrics } from '../supervisor/node-host.ts';
import type { ConsoleSource } from './source.ts';

/** The node of this process, as the console shows it. */
export function nodeSource(host: NodeHost): ConsoleSource {
  return {
    state: async () => withoutMetrics(await host.status()),
    databases() {
      const databases = databasesOf(host.configuration.node);
      return new Map(databases.map((database) => [databaseLabel(database), database]));
    },
    async examine() {
      const { examine } = await import('../doctor/examine.ts');
      const [first, ...others] = databasesOf(host.configuration.node);
      if (!first) return [];
      const found = [await examine(first, host.configuration)];
      for (const database of others) {
        if (!isDeepStrictEqual(database, first)) found.push(await examine(database, undefined));
      }
      return found.flat();
    },
    findPublications: (keys) => host.findPublications(keys),
  };
}
