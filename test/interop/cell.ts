import { withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Address, ClientKind, Wire } from './clients/client.ts';
import { type Difference, differences, SILENCE } from './differences.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { OpenStage } from './stage.ts';

/** One run: a scenario with a client on a wire, against a router. */
export interface Cell {
  readonly scenario: Scenario;
  readonly router: string;
  readonly kind: ClientKind;
  readonly wire: Wire;
}

function isOf(kind: ClientKind, library: string): boolean {
  return kind.name.startsWith(library);
}

function differenceOf({ scenario, router, kind, wire }: Cell): Difference | undefined {
  if (router !== 'Crossbar.io') return undefined;
  return differences.find(
    ({ scenario: name, libraries, serializers }) =>
      name === scenario.name &&
      (libraries?.some((library) => isOf(kind, library)) ?? true) &&
      (serializers?.includes(wire.serializer) ?? true),
  );
}

async function perform({ scenario, kind, wire }: Cell, address: Address, deadline: number): Promise<void> {
  const stage = new OpenStage(kind, wire, address);
  try {
    await withDeadline(scenario.run(stage), deadline, scenario.name);
  } finally {
    await withDeadline(stage[Symbol.asyncDispose](), 4000, 'the sessions to leave');
  }
}

/** A difference that is gone is an error as well: its line is to be taken out. */
async function expectFailure(outcome: Promise<void>, seen: RegExp): Promise<void> {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  expect(error, 'the failure that differences.ts speaks of').to.match(seen);
}

/** Registers the test of a cell: that the scenario holds, or fails in the way that is known. */
export function testCell(cell: Cell, address: () => Address): void {
  const difference = differenceOf(cell);
  const { name } = cell.scenario;
  if (difference === undefined) it(name, () => perform(cell, address(), 10_000));
  else {
    // A scenario that waits for nothing gets a short time limit.
    const deadline = difference.seen === SILENCE ? 1500 : 10_000;
    it(`differs as documented: ${name}`, () => expectFailure(perform(cell, address(), deadline), difference.seen));
  }
}

/** The scenarios for a client on one of its wires, without those that it lacks the means for. */
export function scenariosFor(kind: ClientKind, wire: Wire, scenarios: readonly Scenario[]): readonly Scenario[] {
  const isFirst = wire === kind.wires[0];
  return scenarios.filter(({ raw, everyWire, binary, lacking = {} }) => {
    const lacks = Object.keys(lacking).some((library) => isOf(kind, library));
    const isFit = binary !== true || wire.serializer !== 'json';
    return raw !== true && !lacks && isFit && (isFirst || everyWire === true);
  });
}
