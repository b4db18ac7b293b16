/**
 * The cost of a message for a process, in seconds of one core. Each is the inverse of a figure that `npm run bench` has
 * measured on one machine with two cores; docs/scaling.md names them. Replace them with the figures of your machine.
 */
export interface Costs {
  /** A publication from the write-ahead log into the router of the same process, until it is confirmed: `publisher throughput`. */
  readonly publisher: number;
  /** A row change from the write-ahead log to a broker, until it is confirmed: `proxy throughput`. */
  readonly proxy: number;
  /** A program that receives an event of one router and publishes it in another, with acknowledgement. */
  readonly relay: number;
  /** A publication that a router receives and acknowledges: `router acknowledged`. */
  readonly publication: number;
  /** An event that a router sends to one of so many receivers: `router events`. */
  delivery(receivers: number): number;
}

/** Receivers of a publication, and how many events a second a router sends them altogether. */
const events = [
  [1, 1_173_398],
  [100, 3_266_806],
  [5000, 151_292],
] as const;

export const measured: Costs = {
  publisher: 1 / 223_914,
  proxy: 1 / 9647,
  relay: 1 / 382_263 + 1 / 457_916,
  publication: 1 / 457_916,
  delivery: (receivers) => between(Math.max(1, receivers)),
};

/** Between two measured points in proportion to the logarithm of the receivers; beyond the last one as that. */
function between(receivers: number): number {
  const next = events.findIndex(([count]) => count >= receivers);
  const [above, fast] = events[next] ?? events[2];
  const [below, slow] = events[Math.max(0, next - 1)] ?? events[2];
  if (next <= 0 || above === below) return 1 / fast;
  const share = Math.log(receivers / below) / Math.log(above / below);
  return (1 / slow) * (1 - share) + (1 / fast) * share;
}
