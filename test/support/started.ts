/** A component, as its life cycle has it. */
interface Startable extends AsyncDisposable {
  start(): Promise<void>;
}

/** Starts a component, and releases what it holds if that fails. */
export async function started<Component extends Startable>(component: Component): Promise<Component> {
  try {
    await component.start();
  } catch (error) {
    await component[Symbol.asyncDispose]();
    throw error;
  }
  return component;
}
