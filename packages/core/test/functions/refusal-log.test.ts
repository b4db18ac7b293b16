import { expect } from 'chai';
import { pino } from 'pino';
import { type Endpoint, RefusalLog, type StateReport } from '../../src/functions/index.ts';

function logged() {
  const lines: string[] = [];
  const log = new RefusalLog(pino({}, { write: (line: string) => lines.push(JSON.parse(line).msg) }));
  const note = (id: string, state: StateReport['state'], error?: string) =>
    log.note([{ endpoint: endpointOf(id), report: { endpoint: id, state, error } }]);
  return { log, lines, note };
}

function endpointOf(id: string): Endpoint {
  const shape = {
    id,
    kind: 'subscription',
    match: 'exact',
    role: null,
    options: {},
    routine: { problem: '' },
  } as const;
  return { ...shape, uri: `com.example.topic${id}`, signature: 'public.f(text)' };
}

describe('RefusalLog', () => {
  it('logs a refusal once, and again after its reason has changed or the endpoint was accepted', () => {
    const { lines, note } = logged();
    for (const _again of [1, 2, 3]) note('1', 'refused', 'not authorized');
    const line = 'the router refused the subscription of com.example.topic1 (function public.f(text)): not authorized';
    expect(lines).to.deep.equal([line]);
    note('1', undefined);
    note('1', 'refused', 'not authorized');
    expect(lines).to.have.length(1);
    note('1', 'unusable', 'it was dropped');
    expect(lines[1]).to.equal('unusable subscription of com.example.topic1 (function public.f(text)): it was dropped');
    note('1', 'subscribed');
    note('1', 'unusable', 'it was dropped');
    expect(lines).to.have.length(3);
  });

  it('logs ten refusals, and the number of the others', () => {
    const { log, lines } = logged();
    const reports = Array.from({ length: 100 }, (_, index) => ({
      endpoint: endpointOf(String(index)),
      report: { endpoint: String(index), state: 'refused', error: 'no' } as const,
    }));
    for (const _again of [1, 2]) log.note(reports);
    expect(lines).to.have.length(11);
    expect(lines.at(-1)).to.equal('90 more are refused or unusable');
  });
});
