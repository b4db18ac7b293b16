/** One thing that an example shows, and how that is proved: it returns a remark, or throws. */
export interface Step<Stage> {
  readonly claim: string;
  prove(stage: Stage): Promise<string>;
}

/**
 * Proves steps one after the other, up to the first that fails; prints a line for each.
 *
 * @returns whether all is well.
 */
export async function proveAll<Stage>(steps: readonly Step<Stage>[], stage: Stage): Promise<boolean> {
  for (const { claim, prove } of steps) {
    try {
      console.log(`ok   ${claim}: ${await prove(stage)}`);
    } catch (error) {
      console.log(`FAIL ${claim}: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }
  return true;
}
