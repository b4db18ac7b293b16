// Loads a router, as the JSON of its first argument says, and tells what came of it.
import { loadAcknowledged, loadCalls, loadEcho, loadProcedure } from '../router/load/calls.ts';
import { type EventsLoad, loadEvents, loadReceived, type ReceivedLoad } from '../router/load/events.ts';
import { Wire } from '../router/load/wire.ts';

const loads = {
  acknowledged: loadAcknowledged,
  calls: loadCalls,
  echo: loadEcho,
  events: async (load: EventsLoad) => ({ perSecond: await loadEvents(load) }),
  procedure: loadProcedure,
  received: async (load: ReceivedLoad) => ({ perSecond: await loadReceived(load) }),
};
const { kind, ...load } = JSON.parse(process.argv[2] ?? '{}');

async function openIdle(): Promise<void> {
  const open = load.join ? Wire.join : Wire.open;
  for (let index = 0; index < load.count; index++) await open(load.url, 'json');
  console.log(JSON.stringify({ open: load.count }));
}

if (kind === 'idle') {
  await openIdle();
} else {
  const outcome = await loads[kind as keyof typeof loads](load);
  console.log(JSON.stringify({ done: true, ...outcome }));
}
