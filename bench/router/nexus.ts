import type { Figure } from '../report.ts';
import { inTurn } from './rounds.ts';
import { runLoad, startNexus, startSubject } from './subject.ts';

const toOne = { kind: 'events', format: 'json', subscribers: 1, publications: 300_000, window: 2000 };
const toThousands = { kind: 'events', format: 'json', subscribers: 5000, publications: 100, window: 2 };
const acknowledged = { kind: 'acknowledged', format: 'json', count: 100_000, inFlight: 100 };
const oneCall = { kind: 'calls', format: 'json', count: 15_000, inFlight: 1 };
const calls = { kind: 'calls', format: 'json', count: 60_000, inFlight: 64 };

/** The same loads for this router and for nexus, if `NEXUS` names the executable of nexus; and a server that only sends. */
export async function nexus(): Promise<readonly Figure[]> {
  const executable = process.env.NEXUS;
  if (!executable) {
    console.log('  left out: set NEXUS=/path/to/nexusd');
    return [];
  }
  await using router = await startSubject();
  await using other = await startNexus(executable);
  await using sender = await startSubject({ sender: true });
  const found = await inTurn({
    toOne: () => runLoad({ url: router.url, ...toOne }),
    nexusToOne: () => runLoad({ url: other.url, ...toOne }),
    sender: () => runLoad({ kind: 'received', url: sender.url, format: 'json', count: 300_000 }),
    acknowledged: () => runLoad({ url: router.url, ...acknowledged }),
    nexusAcknowledged: () => runLoad({ url: other.url, ...acknowledged }),
    oneCall: () => runLoad({ url: router.url, ...oneCall }),
    nexusOneCall: () => runLoad({ url: other.url, ...oneCall }),
    calls: () => runLoad({ url: router.url, ...calls }),
    nexusCalls: () => runLoad({ url: other.url, ...calls }),
    toThousands: () => runLoad({ url: router.url, ...toThousands }),
    nexusToThousands: () => runLoad({ url: other.url, ...toThousands }),
  });
  return [
    ...compared('1 to 1', found.toOne, found.nexusToOne, 3),
    { what: '1 to 1: a corked server of ws that only sends', value: found.sender, unit: '/s' },
    { what: '1 to 1, of the server that only sends', value: found.toOne / found.sender, unit: '×', atLeast: 0.7 },
    ...compared('acknowledged', found.acknowledged, found.nexusAcknowledged),
    ...compared('calls, one at a time', found.oneCall, found.nexusOneCall, 1),
    ...compared('calls, 64 at a time', found.calls, found.nexusCalls),
    ...compared('1 to 5,000', found.toThousands, found.nexusToThousands, 2),
  ];
}

function compared(what: string, ours: number, theirs: number, atLeast?: number): readonly Figure[] {
  return [
    { what, value: ours, unit: '/s' },
    { what: `${what}: nexus`, value: theirs, unit: '/s' },
    { what: `${what}, of nexus`, value: ours / theirs, unit: '×', ...(atLeast !== undefined && { atLeast }) },
  ];
}
