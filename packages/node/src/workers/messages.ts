import type { AcknowledgedPublication } from '@pgwamp/publisher';
import type { SessionList } from '@pgwamp/router';
import type { ComponentOptions } from '../configuration/component-schema.ts';
import type { ContainerOptions, RouterOptions } from '../configuration/node-schema.ts';

/** What a worker process runs: the checked part of the node's configuration. Guests are processes without our code. */
export type WorkerOptions = RouterOptions | ContainerOptions;

/** What the node tells one of its worker processes. */
export type ToWorker =
  /** Load what this needs; it runs later. */
  | { readonly type: 'load'; readonly worker: WorkerOptions; readonly folder: string }
  /** Run this; paths are relative to `folder`. Sent once, first. */
  | { readonly type: 'run'; readonly worker: WorkerOptions; readonly folder: string }
  /** Run these components from now on: stop those that are gone, start those that are new, leave the others alone. */
  | { readonly type: 'components'; readonly components: readonly ComponentOptions[] }
  /** Answer with a `report` of the same number. */
  | { readonly type: 'report'; readonly request: number; readonly metrics: boolean }
  /** Answer with the publications that its Publishers find by these keys, in `publications` of the same number. */
  | { readonly type: 'find'; readonly request: number; readonly keys: readonly string[] }
  /** Answer with the sessions of a realm of its router, in `sessions` of the same number. */
  | { readonly type: 'sessions'; readonly request: number; readonly realm: string; readonly search: string }
  /** End a session of a realm of its router, and answer with `closed` of the same number. */
  | {
      readonly type: 'close';
      readonly request: number;
      readonly realm: string;
      readonly session: number;
      readonly message: string;
    }
  /** Finish what is in flight and exit. */
  | { readonly type: 'stop' };

/** What a worker process tells the node. */
export type FromWorker =
  /** Everything that it was told to run works. */
  | { readonly type: 'ready'; readonly urls: readonly string[] }
  /** It cannot go on; it exits next. */
  | { readonly type: 'failed'; readonly failure: WorkerFailure }
  | { readonly type: 'report'; readonly request: number; readonly report: WorkerReport }
  | { readonly type: 'publications'; readonly request: number; readonly found: readonly FoundPublication[] }
  /** Without a list if it has no such realm. */
  | { readonly type: 'sessions'; readonly request: number; readonly list?: SessionList | undefined }
  /** Whether there was such a session. */
  | { readonly type: 'closed'; readonly request: number; readonly wasThere: boolean };

/** A publication that a Publisher of the worker remembers. */
export interface FoundPublication extends AcknowledgedPublication {
  readonly realm: string;
}

/** Why a worker process ends by itself. */
export interface WorkerFailure {
  /** `PGWAMP_…`, or what PostgreSQL or the operating system calls it. */
  readonly code: string;
  readonly message: string;
  /** What a command exits with for this. */
  readonly exitCode: number;
}

/** The state of a worker process at one moment. */
export interface WorkerReport {
  readonly components: readonly ComponentReport[];
  /** Counts of the router, where there is one. */
  readonly router?: Readonly<Record<string, unknown>>;
  /** The metrics of the process, as the Prometheus client has them in JSON; none unless they were asked for. */
  readonly metrics: readonly MetricFamily[];
}

/** The state of a component at one moment. */
export interface ComponentReport {
  readonly id: string;
  readonly classname: string;
  readonly realm: string;
  /** `host:port/name` of the database that it uses, if it is one of pgwamp. */
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
  /** The name in the output, where it differs from the family's: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}
