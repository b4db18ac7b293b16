import { pino } from 'pino';
import {
  Component,
  type ComponentState,
  type ComponentStatus,
  type LifeCycleOptions,
  type Logger,
  type OpenPart,
  type Part,
  type PartOptions,
  type RunContext,
} from '../../src/component/index.ts';

/** A part that a test opens, and loses. */
export class TestPart implements OpenPart {
  readonly #lost = new AbortController();
  closed = 0;
  destroyed = false;

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  lose(error: Error): void {
    this.#lost.abort(error);
  }

  destroy(): void {
    this.destroyed = true;
    this.lose(new Error('destroyed'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed += 1;
  }
}

/** The options of a test component. */
export interface TestRun {
  /** The parts by their names, in the order in which they are given. */
  readonly parts: Readonly<Record<string, Opening>>;
  run(parts: Readonly<Record<string, Part<TestPart>>>, context: RunContext): Promise<void>;
}

/** Opens a part. */
type Opening = ((until: AbortSignal) => Promise<TestPart>) | [(until: AbortSignal) => Promise<TestPart>, PartOptions];

class ComponentOfParts extends Component<undefined, ComponentStatus> {
  readonly #run: TestRun;
  readonly parts: Readonly<Record<string, Part<TestPart>>>;

  constructor(test: TestRun, options: LifeCycleOptions, log: Logger) {
    super({ name: 'test', labels: { database: 'here' } }, undefined, options, { log });
    this.#run = test;
    this.parts = Object.fromEntries(
      Object.entries(test.parts).map(([name, opening]) => {
        const [open, partOptions] = Array.isArray(opening) ? opening : [opening];
        return [name, this.part(name, open, partOptions)];
      }),
    );
  }

  status(): ComponentStatus {
    return this.life;
  }

  protected run(context: RunContext): Promise<void> {
    return this.#run.run(this.parts, context);
  }
}

/** A component, every state that it has logged, and every other line. */
export function componentOf(test: TestRun, options: Partial<LifeCycleOptions> = {}) {
  const states: ComponentState[] = [];
  const lines: { level: string; msg: string; part?: string; err?: object }[] = [];
  const log = pino(
    { level: 'info', formatters: { level: (label) => ({ level: label }) } },
    {
      write(line: string) {
        const entry = JSON.parse(line);
        if (entry.state) states.push(entry.state);
        else lines.push(entry);
      },
    },
  );
  const component = new ComponentOfParts(test, { drain: 5000, startup: 'fail', ...options }, log);
  return { component, states, lines, [Symbol.asyncDispose]: () => component.stop() };
}

/** The result of {@link componentOf}. */
export type TestComponent = ReturnType<typeof componentOf>;
