import type { ClientModel } from './client-model.ts';

/** Tells which of several callees the router has sent an INVOCATION, where it casts lots. */
export type Lots = (callees: readonly ClientModel[]) => ClientModel | undefined;
