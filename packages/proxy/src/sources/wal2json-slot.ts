import { LogUnreadableError } from '../errors.ts';
import { type Wal2jsonOptions, wal2jsonOptions } from '../formats/wal2json-options.ts';
import type { RouteOptions } from '../routing/route-options.ts';
import type { SourceOptions } from './source-options.ts';

/** The parts of a configuration that a wal2json slot depends on. */
interface Readers {
  readonly sources: Readonly<Record<string, SourceOptions>>;
  readonly routes: readonly RouteOptions[];
}

/**
 * Checks that a slot of the wal2json plugin fits the configuration: all routes use one version and the same parameters.
 *
 * @throws `LogUnreadableError` if it does not.
 */
export function checkWal2jsonSlot(slot: string, { sources, routes }: Readers): void {
  const problems: string[] = [];
  const readers = Object.entries(sources).filter(([, { kind }]) => kind === 'wal' || kind === 'topic');
  for (const [name, source] of readers) {
    const isPlain =
      source.kind === 'wal' &&
      !source.tables &&
      !source.columns &&
      source.exclude_columns.length === 0 &&
      source.actions.length === 4;
    if (!isPlain)
      problems.push(
        `source ${name} uses options that slot ${slot} of plugin wal2json does not support: choose another slot, which is created with pgoutput`,
      );
  }
  const own = routes.filter(({ from }) => readers.some(([name]) => name === from));
  for (const { format, from, function: routingFunction } of own) {
    const isLine = routingFunction === undefined && (format?.type === 'wal2json' || format?.type === 'raw');
    if (!isLine)
      problems.push(
        `a route from ${from} requires format wal2json or raw, and no function: slot ${slot} has lines of the plugin wal2json`,
      );
  }
  const wanted = new Set(parametersOf(own).map((options) => JSON.stringify(options)));
  if (wanted.size > 1)
    problems.push(`routes have different parameters of wal2json, but slot ${slot} has one set for all`);
  if (problems.length > 0) throw new LogUnreadableError(problems);
}

/** The parameters for reading a wal2json slot. */
export function wal2jsonSlotOptions({ routes }: Readers): Wal2jsonOptions {
  return parametersOf(routes)[0] ?? wal2jsonOptions.parse({});
}

function parametersOf(routes: readonly RouteOptions[]): Wal2jsonOptions[] {
  return routes.flatMap(({ format }) => {
    if (format?.type !== 'wal2json') return [];
    const { type: _, ...options } = format;
    return options;
  });
}
