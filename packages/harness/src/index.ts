export { type AedesOptions, startAedes } from './brokers/aedes.ts';
export { answers, type Broker } from './brokers/broker-server.ts';
export { type BrokerName, describeWithBroker, hasBroker } from './brokers/describe-with-broker.ts';
export { startElasticMq } from './brokers/elasticmq.ts';
export { type Kafka, startKafka } from './brokers/kafka.ts';
export { startMosquitto } from './brokers/mosquitto.ts';
export { startMoto } from './brokers/moto.ts';
export { startNats } from './brokers/nats.ts';
export { type RabbitMq, startRabbitMq } from './brokers/rabbitmq.ts';
export { startRedis } from './brokers/redis.ts';
export {
  type AnswerRequest,
  type ReceivedRequest,
  startWebhookReceiver,
  type WebhookAnswer,
  type WebhookReceiver,
} from './brokers/webhook-receiver.ts';
export { barriersOf, isTooWide } from './browser/barriers.ts';
export { chromiumFolder } from './browser/chromium.ts';
export { type OpenBrowser, openBrowser } from './browser/open-browser.ts';
export { sharedBrowser } from './browser/shared-browser.ts';
export { type CrossbarWorker, crossbarPython, startCrossbar, startCrossbarNode } from './crossbar/start-crossbar.ts';
export { withDeadline } from './deadline.ts';
export { freePort } from './free-port.ts';
export type { ConnectionConfig } from './postgres/address.ts';
export { postgresBinaries } from './postgres/binaries.ts';
export { type Connection, connect } from './postgres/connect.ts';
export { type PgBouncer, pgBouncerVersion, startPgBouncer } from './postgres/pgbouncer.ts';
export type { PostgresServer } from './postgres/postgres-server.ts';
export type { StopMode } from './postgres/postmaster.ts';
export { durableSettings } from './postgres/server-settings.ts';
export { sharedPostgres } from './postgres/shared-postgres.ts';
export { type PostgresOptions, startPostgres, startStandby } from './postgres/start-postgres.ts';
export type { TestDatabase } from './postgres/test-database.ts';
export { startPostgresWithWal2json } from './postgres/wal2json-server.ts';
export { type ResidentBytes, residentBytes } from './process/memory.ts';
export {
  type ProcessExit,
  type ProcessMessage,
  type ProcessOptions,
  type RunningProcess,
  startProcess,
} from './process/start-process.ts';
export type { ByteCounters, ProxyTarget } from './proxy/link.ts';
export { startTcpProxy, type TcpProxy } from './proxy/tcp-proxy.ts';
export { type Draw, withSeed } from './random.ts';
export { repositoryRoot } from './repository-root.ts';
export { type WaitOptions, waitFor } from './wait-for.ts';
