import { counted } from '@pgwamp/config';
import { type Connection, quotedLiteral } from '@pgwamp/core/internal/postgres';
import { shellWord } from '../cli/shell-word.ts';
import type { ComponentOptions } from '../configuration/component-schema.ts';
import { type Finding, findings, sameOptions } from './finding.ts';

interface ProxyRow {
  readonly proxy: string;
  readonly slot: string | null;
  readonly exists: boolean;
  readonly lost: boolean;
  readonly paused: boolean;
  readonly parked: number;
}

/** Checks the Proxies of a database: their slots, and their parked messages. */
export async function checkProxies(connection: Connection): Promise<Finding[]> {
  const [installed] = await connection.query<{ exists: boolean }>(
    `SELECT to_regclass('crossbar.parked_message') IS NOT NULL AS exists`,
  );
  if (!installed?.exists) return [];
  const proxies = await connection.query<ProxyRow>(
    `SELECT name AS proxy, slot, slot_name IS NOT NULL AS exists, coalesce(wal_status = 'lost', false) AS lost, paused,
       (SELECT count(*)::int FROM crossbar.parked_message AS parked WHERE parked.proxy = name) AS parked
     FROM crossbar.proxy LEFT JOIN pg_replication_slots ON slot_name = slot ORDER BY name`,
  );
  return proxies.map(judge);
}

function judge({ proxy, slot, exists, lost, paused, parked }: ProxyRow): Finding {
  const { ok, warn, fail } = findings(`proxy ${proxy}`);
  const name = quotedLiteral(proxy);
  if (slot !== null && (!exists || lost)) {
    const what = exists ? 'was invalidated' : 'is gone';
    return fail(
      `replication slot ${slot} ${what}: changes are lost`,
      `find out what consumers have missed, then: SELECT crossbar.accept_gap(${name});`,
    );
  }
  if (parked > 0) {
    return warn(
      `parked: ${counted(parked, 'message')}`,
      `pgwamp proxy parked list --proxy ${shellWord(proxy)}${sameOptions}`,
    );
  }
  if (paused) return warn('it is paused', `SELECT crossbar.resume_proxy(${name});`);
  return ok('nothing is parked');
}

/** Checks the routes of a Proxy: notifications are lost while it is not connected. */
export function checkRoutes(id: string, component: ComponentOptions): Finding[] {
  if (component.classname !== 'pgwamp.Proxy') return [];
  const { sources, routes } = component.extra as {
    readonly sources: Readonly<Record<string, { readonly kind: string }>>;
    readonly routes: readonly { readonly from: string; readonly to: string }[];
  };
  const { ok, warn } = findings(`${id} routes`);
  const lossy = routes.filter(({ from }) => sources[from]?.kind === 'channel').map(({ from, to }) => `${from} → ${to}`);
  if (lossy.length === 0) return [ok('every route delivers at least once')];
  return [
    warn(
      `at most once, since NOTIFY reaches only connected listeners: ${lossy.join(', ')}`,
      'if nothing may be lost, write rows and read them with a source of kind wal or durable, or use crossbar.publish',
    ),
  ];
}
