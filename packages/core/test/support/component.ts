import { once } from 'node:events';
import { pino } from 'pino';
import { Component, type ComponentState, type Life, type Serve } from '../../src/component/index.ts';

/** A component, and every state that it has logged. */
export function componentOf(serve: Serve) {
  const states: ComponentState[] = [];
  const levels: string[] = [];
  const log = pino(
    { level: 'info', formatters: { level: (label) => ({ level: label }) } },
    {
      write(line: string) {
        const { state, level } = JSON.parse(line);
        if (state) states.push(state);
        else levels.push(level);
      },
    },
  );
  const component = new Component(serve, log);
  return { component, states, levels, [Symbol.asyncDispose]: () => component.stop() };
}

/** Returns when the component is told to stop. */
export async function untilStopped({ stop }: Life): Promise<void> {
  if (!stop.aborted) await once(stop, 'abort');
}

/** Works until told to stop. */
export const work: Serve = async (life) => {
  life.running();
  await untilStopped(life);
};
