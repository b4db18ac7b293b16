import { expect } from 'chai';
import type { WampClient } from './wamp-client.ts';

/** Calls the meta procedures whose names begin alike. */
export function metaProcedures(start: string) {
  const call = (client: WampClient, procedure: string, payload: unknown[]) =>
    client.request(48, {}, `${start}${procedure}`, ...payload);
  return {
    /** The only result. */
    async ask(client: WampClient, procedure: string, ...payload: unknown[]): Promise<unknown> {
      const [type, , , args] = await call(client, procedure, payload);
      expect(type).to.equal(50);
      return (args as unknown[])[0];
    },
    /** The URI of the error. */
    async refusal(client: WampClient, procedure: string, ...payload: unknown[]): Promise<unknown> {
      const [type, , , , error] = await call(client, procedure, payload);
      expect(type).to.equal(8);
      return error;
    },
  };
}
