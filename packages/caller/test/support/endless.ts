import type { Session } from '@pgwamp/core/internal/wamp';

/** The state of calls that are never answered. */
export interface Endless {
  called: number;
  interrupted: number;
}

/** SQL that calls the procedure of {@link registerEndless}. */
export const endless = `SELECT crossbar.call('com.example.endless')`;

/** Registers a procedure that never answers. */
export async function registerEndless(callee: Session): Promise<Endless> {
  const state = { called: 0, interrupted: 0 };
  await callee.register('com.example.endless', (_args, _kwargs, { signal }) => {
    state.called += 1;
    signal.addEventListener('abort', () => {
      state.interrupted += 1;
    });
    return new Promise(() => undefined);
  });
  return state;
}
