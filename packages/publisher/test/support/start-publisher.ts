import { started } from '@pgwamp/harness/fixtures/started';
import { type ComponentEnvironment, Publisher, type PublisherOptions } from '@pgwamp/publisher';
import { pino } from 'pino';
import type { DatabaseOptions } from './database.ts';

/** What of a Publisher's configuration the tests choose. */
export interface Choices {
  readonly realm?: string;
  readonly delivery?: 'auto' | 'wal' | 'outbox' | 'notify';
  readonly transport?: Partial<Extract<PublisherOptions['transport'], { type: 'websocket' }>['options']>;
  readonly window?: PublisherOptions['extra']['window'];
}

/** The configuration of a Publisher between a database and a router. */
export function publisherOptions(database: DatabaseOptions, url: string, choices: Choices = {}): PublisherOptions {
  const { realm = 'realm1', delivery = 'wal', transport: options = {}, window = {} } = choices;
  return { realm, transport: { type: 'websocket', url, options }, extra: { database, delivery, window } };
}

/** A Publisher that has started, and says nothing. */
export function startPublisher(options: PublisherOptions, environment: ComponentEnvironment = {}): Promise<Publisher> {
  return started(new Publisher(options, { log: pino({ level: 'silent' }), ...environment }));
}
