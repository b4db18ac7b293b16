import { isDeepStrictEqual } from 'node:util';
import type { DatabaseConfiguration } from '@pgwamp/config';
import { counted } from '@pgwamp/config';
import { componentId } from '../configuration/component-schema.ts';
import type { NodeConfiguration } from '../configuration/read-node.ts';
import { withIds } from '../configuration/worker-ids.ts';
import { checkDatabase } from './database.ts';
import type { Finding } from './finding.ts';
import { checkMachine } from './machine.ts';
import { checkRoutes } from './proxies.ts';
import { checkRouter, routerOf } from './router.ts';

/**
 * Runs all checks of the databases, and once those of the machine and of the routers that the components of a
 * configuration join. Without a database there is nothing to check.
 */
export async function examine(
  databases: readonly DatabaseConfiguration[],
  configuration: NodeConfiguration | undefined,
): Promise<Finding[]> {
  if (databases.length === 0) return [];
  const workers = withIds(configuration?.node.workers ?? []);
  const found = await checkMachine();
  for (const database of databases)
    found.push(...concerning(usersOf(database, workers), await checkDatabase(database)));
  for (const [name, worker] of workers) {
    if (worker.type === 'guest') continue;
    await using router = worker.type === 'router' ? await routerOf(worker) : undefined;
    for (const [index, component] of worker.components.entries()) {
      const id = component.id ?? `${worker.id ?? worker.type}/${index + 1}`;
      const own = component.realm === undefined ? [] : await checkRouter(id, component, router);
      found.push(...concerning([`${name}/${componentId(component, index)}`], [...own, ...checkRoutes(id, component)]));
    }
  }
  return found;
}

/** The components that connect to a database. */
function usersOf(database: DatabaseConfiguration, workers: ReturnType<typeof withIds>): string[] {
  return workers.flatMap(([name, worker]) =>
    (worker.type === 'guest' ? [] : worker.components).flatMap((component, index) => {
      const { database: own } = (component.extra ?? {}) as { database?: unknown };
      return isDeepStrictEqual(own, database) ? [`${name}/${componentId(component, index)}`] : [];
    }),
  );
}

function concerning(components: readonly string[], found: readonly Finding[]): Finding[] {
  return components.length === 0 ? [...found] : found.map((it) => ({ ...it, components }));
}

/** Formats the findings as lines for people. */
export function report(found: readonly Finding[]): string {
  const width = Math.max(...found.map(({ check }) => check.length));
  const lines = found.map(({ check, verdict, message, fix }) => {
    const line = `${verdict.padEnd(4)}  ${check.padEnd(width)}  ${message}\n`;
    return fix === undefined ? line : `${line}${' '.repeat(width + 8)}→ ${fix}\n`;
  });
  return `${lines.join('')}${summary(found)}\n`;
}

/** Formats the findings as one line for Nagios, with the matching exit code. */
export function nagios(found: readonly Finding[]): { line: string; exitCode: number } {
  const bad = found.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn');
  const isCritical = bad.some(({ verdict }) => verdict === 'fail');
  const [word, exitCode] = isCritical ? ['CRITICAL', 2] : bad.length > 0 ? ['WARNING', 1] : ['OK', 0];
  const details = bad.map(({ check, message }) => `${check}: ${message}`).join('; ');
  return { line: `PGWAMP ${word} - ${details || summary(found)}`.replaceAll('|', '/'), exitCode: exitCode as number };
}

function summary(found: readonly Finding[]): string {
  const count = (verdict: string) => found.filter((it) => it.verdict === verdict).length;
  return `${count('ok')} ok, ${counted(count('warn'), 'warning')}, ${count('fail')} failed, ${count('skip')} skipped`;
}
