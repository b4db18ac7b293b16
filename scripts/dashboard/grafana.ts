/** A metric, as its registry describes it. */
export interface CataloguedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** The metrics of a registry's text, in its order. */
export function catalogueOf(text: string): CataloguedMetric[] {
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help]));
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return types.map(([, name = '', type = '']) => ({ name, type, help: helps.get(name) ?? '' }));
}

/** A dashboard for Grafana with a panel for each metric: counters as rates. */
export function dashboard(title: string, uid: string, metrics: readonly CataloguedMetric[]): object {
  return {
    uid,
    title,
    tags: ['pgwamp'],
    timezone: 'browser',
    schemaVersion: 39,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
    panels: metrics.map((metric, index) => panel(metric, index)),
  };
}

function panel({ name, type, help }: CataloguedMetric, index: number): object {
  const isCounter = type === 'counter';
  const [width, height, columns] = [8, 7, 3];
  return {
    id: index + 1,
    type: 'timeseries',
    title: name
      .replace(/^pgwamp_[a-z]+_/, '')
      .replace(/_total$/, '')
      .replaceAll('_', ' '),
    description: help,
    datasource: { type: 'prometheus', uid: '${datasource}' },
    gridPos: { w: width, h: height, x: (index % columns) * width, y: Math.floor(index / columns) * height },
    fieldConfig: { defaults: { unit: unitOf(name, isCounter), min: 0 }, overrides: [] },
    targets: [
      {
        refId: 'A',
        expr: isCounter ? `rate(${name}[$__rate_interval])` : name,
        legendFormat: '{{proxy}} {{sink}}',
      },
    ],
  };
}

function unitOf(name: string, isCounter: boolean): string {
  if (name.includes('_bytes')) return 'bytes';
  if (name.includes('_seconds')) return 's';
  return isCounter ? 'cps' : 'short';
}
