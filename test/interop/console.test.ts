import { freePort, startCrossbar } from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { consoleDirectory } from 'pgwamp';
import { realms } from './routers/configuration.ts';

const load = (module: string) => import(new URL(module, consoleDirectory).href);
const [{ metaSessions }, { WampSession }] = [await load('meta-sessions.js'), await load('wamp.js')];

const transportOn = (port: number) => ({
  type: 'web' as const,
  endpoint: { type: 'tcp' as const, interface: '127.0.0.1', port },
  paths: { ws: { type: 'websocket' as const } },
});

const routers: Readonly<Record<string, (port: number) => Promise<AsyncDisposable>>> = {
  '@pgwamp/router': async (port) => {
    const router = createRouter({ realms });
    await router.listen(transportOn(port));
    return router;
  },
  ...(process.env.INTEROP === 'crossbar' && {
    'Crossbar.io': (port: number) => startCrossbar({ realms, transports: [transportOn(port)] }, { port, path: 'ws' }),
  }),
};

for (const [name, start] of Object.entries(routers)) {
  describe(`Console with the meta API of ${name}`, () => {
    it('shows everything about sessions except the waiting bytes', async () => {
      const port = await freePort();
      await using _router = await start(port);
      const join = () => WampSession.open(`ws://127.0.0.1:${port}/ws`, realms[0].name);
      const [own, other] = [await join(), await join()];
      await other.subscribe('com.example.topic', () => undefined);
      await other.subscribe('com.example', () => undefined, 'prefix');
      const { count, sessions, note } = await metaSessions(own);
      expect(count).to.be.greaterThan(1);
      const found = (id: number) => sessions.find(({ session }: { session: number }) => session === id);
      expect(found(other.id)).to.deep.include({ authrole: 'anonymous', subscriptions: 2, registrations: 0 });
      expect(found(other.id).topics).to.have.members(['com.example.topic', 'com.example']);
      expect(found(own.id)).to.deep.include({ subscriptions: 0, topics: [] });
      expect(found(own.id)).not.to.have.property('waitingBytes');
      expect(found(own.id).transport).to.have.property('peer').that.includes('127.0.0.1');
      expect(note).to.equal(
        'The router does not tell how many bytes wait for a session: a pgwamp node does of its own router.',
      );
      for (const session of [own, other]) session.leave();
    });
  });
}
