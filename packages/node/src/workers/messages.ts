import type { AcknowledgedPublication } from '@pgwamp/publisher';
import type { SessionList } from '@pgwamp/router';
import type { ComponentOptions } from '../configuration/component-schema.ts';
import type { ContainerOptions, RouterOptions } from '../configuration/node-schema.ts';

/**
 * The options of a worker process: the checked part of the node's configuration. Guests are processes without our code.
 */
export type WorkerOptions = RouterOptions | ContainerOptions;

/** A message of the node to a worker process. */
export type ToWorker =
  /** Load the code; run later. */
  | { readonly type: 'load'; readonly worker: WorkerOptions; readonly folder: string }
  /** Run; paths are relative to `folder`. Sent once, first. */
  | { readonly type: 'run'; readonly worker: WorkerOptions; readonly folder: string }
  /** Replace the components: stop removed ones, start new ones, leave the others alone. */
  | { readonly type: 'components'; readonly components: readonly ComponentOptions[] }
  /** Answer with a `report` with the same number. */
  | { readonly type: 'report'; readonly request: number; readonly metrics: boolean }
  /** Answer with the publications that Publishers find by these keys, in `publications` with the same number. */
  | { readonly type: 'find'; readonly request: number; readonly keys: readonly string[] }
  /** Answer with the sessions of a realm of the router, in `sessions` with the same number. */
  | { readonly type: 'sessions'; readonly request: number; readonly realm: string; readonly search: string }
  /** End a session of a realm of the router, and answer with `closed` with the same number. */
  | {
      readonly type: 'close';
      readonly request: number;
      readonly realm: string;
      readonly session: number;
      readonly message: string;
    }
  /** Complete work in flight and exit. */
  | { readonly type: 'stop' };

/** A message of a worker process to the node. */
export type FromWorker =
  /** Everything works. */
  | { readonly type: 'ready'; readonly urls: readonly string[] }
  /** The worker cannot continue; it exits next. */
  | { readonly type: 'failed'; readonly failure: WorkerFailure }
  | { readonly type: 'report'; readonly request: number; readonly report: WorkerReport }
  | { readonly type: 'publications'; readonly request: number; readonly found: readonly FoundPublication[] }
  /** Without a list if the realm does not exist. */
  | { readonly type: 'sessions'; readonly request: number; readonly list?: SessionList | undefined }
  /** Whether the session existed. */
  | { readonly type: 'closed'; readonly request: number; readonly wasThere: boolean };

/** A publication that a Publisher of the worker remembers. */
export interface FoundPublication extends AcknowledgedPublication {
  readonly realm: string;
}

/** The reason why a worker process ends unexpectedly. */
export interface WorkerFailure {
  /** `PGWAMP_…`, or the code of PostgreSQL or of the operating system. */
  readonly code: string;
  readonly message: string;
  /** The exit code of a command for it. */
  readonly exitCode: number;
}

/** The state of a worker process at one moment. */
export interface WorkerReport {
  readonly components: readonly ComponentReport[];
  /** The counters of the router, if there is one. */
  readonly router?: Readonly<Record<string, unknown>>;
  /** The metrics of the process in the JSON form of the Prometheus client; empty unless requested. */
  readonly metrics: readonly MetricFamily[];
}

/** The state of a component at one moment. */
export interface ComponentReport {
  readonly id: string;
  readonly classname: string;
  readonly realm: string;
  /** `host:port/name` of its database, if it is a component of pgwamp. */
  readonly database?: string;
  /** `running`, `standby`, `starting` …; see the life cycle of components. */
  readonly state: string;
  /** The component's own status. */
  readonly status: Readonly<Record<string, unknown>>;
}

/** A metric of a worker process with all of its values. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly MetricValue[];
}

/** One value of a metric. */
interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** The name in the output, if it differs from that of the family: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}
