import type { NodeStatus } from '../supervisor/node-host.ts';
import type { MetricFamily } from '../workers/messages.ts';

/**
 * The metrics of a node in the Prometheus text format: those of all workers, each value labeled with its worker, and
 * the node's own.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function metricsText({ workers }: NodeStatus): string {
  const families = new Map<string, { family: MetricFamily; lines: string[] }>();
  const add = (family: MetricFamily, worker: string) => {
    const entry = families.get(family.name) ?? { family, lines: [] };
    families.set(family.name, entry);
    for (const { metricName, labels, value } of family.values) {
      entry.lines.push(`${metricName ?? family.name}${labelText({ ...labels, worker })} ${valueText(value)}`);
    }
  };
  for (const { id, type, state, restarts, report } of workers) {
    const isUp = state === 'running' ? 1 : 0;
    add(own('pgwamp_worker_up', 'gauge', 'Whether the worker runs.', { type }, isUp), id);
    add(own('pgwamp_worker_restarts_total', 'counter', 'Restarts of the worker by the node.', { type }, restarts), id);
    for (const family of report?.metrics ?? []) add(family, id);
  }
  return [...families.values()]
    .map(
      ({ family: { name, help, type }, lines }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`,
    )
    .join('');
}

function own(name: string, type: string, help: string, labels: Record<string, string>, value: number): MetricFamily {
  return { name, type, help, values: [{ labels, value }] };
}

function labelText(labels: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

/** JSON has no infinity, so a worker sends null instead. */
function valueText(value: number | null): string {
  return value === null ? 'NaN' : String(value).replace('Infinity', 'Inf');
}
