import { type Costs, measured } from './costs.ts';
import { type Served, serve } from './queue.ts';
import { exponential, seeded } from './random.ts';

/**
 * The simulated system: publishers, one source that reads PostgreSQL, and a tree of routers with subscribers at its
 * leaves.
 */
export interface Plan {
  readonly publishers: number;
  /** Publications of each publisher in a second, at random times. */
  readonly rate: number;
  readonly subscribers: number;
  /** Topics, which publishers and subscribers are spread over evenly. */
  readonly topics: number;
  /** The reader of PostgreSQL: a Publisher in the process of the first router, or a Proxy with a broker. */
  readonly source: 'publisher' | 'proxy';
  /** The number of processes of each level of the tree, the root first; each process but the root's has a relay before it. */
  readonly levels: readonly number[];
  readonly seconds: number;
  readonly seed: number;
  readonly costs?: Costs;
}

/** One kind of process of the tree. */
interface Stage {
  readonly name: string;
  readonly processes: number;
  /** Of the busiest process: the time that its messages take, of the time that there is. */
  readonly load: number;
  /** Messages that wait in all of them at the end. */
  readonly waiting: number;
}

export interface Outcome {
  readonly stages: readonly Stage[];
  /** Messages that publishers have made. */
  readonly published: number;
  /** Messages that the subscribers of all leaves have received, each counted for each leaf. */
  readonly delivered: number;
  /** Copies that the tree has made of the published messages, and that are delivered or wait. */
  readonly copies: number;
  /** Seconds from a publication to the last subscriber of a leaf, of all that were delivered. */
  readonly latencies: Float64Array;
}

/** Simulates a plan. */
export function simulate(plan: Plan): Outcome {
  const { costs = measured, levels, seconds, source } = plan;
  const random = seeded(plan.seed);
  const published = publications(plan, random);
  const jittered = (cost: number) => () => cost * (0.5 + random());
  const stages: Stage[] = [];
  const run = (name: string, inputs: readonly Float64Array[], cost: number) => {
    const served = inputs.map((arrivals) => serve(arrivals, jittered(cost), seconds));
    stages.push(stageOf(name, served));
    return served.map(({ departures }) => departures);
  };

  let flows = run(source, [published], costs[source]);
  let copies = published.length;
  for (const [level, processes] of levels.entries()) {
    if (level > 0) {
      const fanOut = processes / flows.length;
      // A copy that is made for each branch of the tree.
      copies += flows.reduce((sum, { length }) => sum + length * (fanOut - 1), 0);
      flows = run(
        `relay ${level}`,
        flows.flatMap((flow) => Array<Float64Array>(fanOut).fill(flow)),
        costs.relay,
      );
    }
    flows = run(`router ${level + 1}`, flows, costs.publication + deliveries(plan, level, costs));
  }
  const delivered = flows.reduce((sum, { length }) => sum + length, 0);
  return { stages, published: published.length, delivered, copies, latencies: latencies(published, flows) };
}

/** When all publishers together publish. */
function publications({ publishers, rate, seconds }: Plan, random: () => number): Float64Array {
  const times: number[] = [];
  for (let at = exponential(random, publishers * rate); at < seconds; at += exponential(random, publishers * rate)) {
    times.push(at);
  }
  return Float64Array.from(times);
}

/**
 * The cost for a router of a level to send an event: to the relays below it, or at a leaf to the subscribers of its
 * topic.
 */
function deliveries({ levels, subscribers, topics }: Plan, level: number, costs: Costs): number {
  const here = levels[level] ?? 1;
  const below = levels[level + 1];
  const receivers = below === undefined ? subscribers / here / topics : below / here;
  return receivers * costs.delivery(receivers);
}

function stageOf(name: string, served: readonly Served[]): Stage {
  return {
    name,
    processes: served.length,
    load: Math.max(...served.map(({ load }) => load)),
    waiting: served.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}

/** Queues keep the order, so the message that left as number n is the one that was published as number n. */
function latencies(published: Float64Array, flows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(flows.reduce((sum, { length }) => sum + length, 0));
  let index = 0;
  for (const flow of flows) {
    for (const [number, departure] of flow.entries()) all[index++] = departure - (published[number] ?? 0);
  }
  return all.sort();
}
