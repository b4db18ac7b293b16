import { counted } from '@pgwamp/config';
import { fetchAdmin, type StatusAnswer } from '../admin/admin-client.ts';
import type { Overview, OverviewRow } from './overview.ts';

/** The counters of work and failures; each class has some of them. */
const workKeys = ['published', 'events', 'calls', 'messagesOut', 'delivered'];
const failureKeys = ['refused', 'failed', 'dropped'];
const fine = new Set(['running', 'standby']);

/**
 * Reads the overview from the admin endpoint of a node.
 *
 * @param address a URL, or the path of a unix socket.
 * @throws `AdminUnreachableError`
 */
export async function overviewFromAdmin(address: string): Promise<Overview> {
  const { file, workers } = await fetchAdmin<StatusAnswer>(address, '/status');
  const rows = workers.flatMap(({ id, type, state, restarts, components = [] }): OverviewRow[] => [
    { kind: type, name: id, state, isFine: state === 'running', ...(restarts > 0 && { failed: restarts }) },
    ...components.map(({ id: name, classname, realm, state: own, status }) => ({
      kind: classname.replace(/^.*[.:](PostgreSQL)?/, '').toLowerCase(),
      name: realm === '' ? name : `${name} (${realm})`,
      state: own,
      isFine: fine.has(own),
      ...workOf(status),
    })),
  ]);
  return { source: `${file} at ${address}`, rows };
}

function workOf(status: Readonly<Record<string, unknown>>): Partial<OverviewRow> {
  const sum = (keys: readonly string[]) => {
    const counts = keys.map((key) => status[key]).filter((it) => typeof it === 'number');
    return counts.length === 0 ? undefined : counts.reduce((one, other) => one + other);
  };
  const { lag, inFlight, waiting } = status as {
    lag?: { bytes: number; rows: number };
    inFlight?: number;
    waiting?: number;
  };
  const [total, failed] = [sum(workKeys), sum(failureKeys)];
  const texts = [
    lag && lag.bytes > 0 ? `${counted(lag.bytes, 'byte')} of WAL` : '',
    lag && lag.rows > 0 ? `${counted(lag.rows, 'row')} of the outbox` : '',
    inFlight ? `${inFlight} in flight` : '',
    waiting ? `${waiting} wait` : '',
  ].filter((text) => text !== '');
  return {
    ...(total !== undefined && { total }),
    ...(failed !== undefined && { failed }),
    ...(texts.length > 0 && { waiting: texts.join(', ') }),
  };
}
