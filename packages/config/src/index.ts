/**
 * Configuration: environment variables, validation with readable errors, and schema parts that several packages share.
 *
 * @packageDocumentation
 */
export { type AuthenticationConfiguration, authentication } from './authentication.ts';
export { type ClientTls, type ClientTlsOptions, clientTls, clientTlsOptions } from './client-tls.ts';
export { counted } from './counted.ts';
export {
  type DatabaseConfiguration,
  type DatabaseTarget,
  database,
  databaseLabel,
  databaseTarget,
  singleHosts,
  withoutTls,
  withVerifiedTls,
  workerDatabase,
  workerLogin,
} from './database.ts';
export {
  type ConnectingEndpoint,
  connectingEndpoint,
  isLocal,
  type ListeningEndpoint,
  listeningEndpoint,
  type ServerTls,
} from './endpoint.ts';
export { type Environment, withEnvironment } from './environment.ts';
export {
  ConfigurationError,
  type ConfigurationIssue,
  issuesText,
  PgwampError,
  type PgwampErrorOptions,
  pathText,
} from './errors.ts';
export { hostAndPort } from './host-and-port.ts';
export { check, issuesOf } from './issues.ts';
export { type Bounds, bytes, integer, maxMilliseconds, milliseconds, portNumber } from './numbers.ts';
export { freeze, jsonSchema, parseConfiguration } from './parse.ts';
export { checkTls, isPem, readPem } from './pem.ts';
export { uriWithoutSecrets, withoutSecrets } from './secrets.ts';
export { AddressLimits } from './server/address-limits.ts';
export { AllowedHosts, hostName } from './server/allowed-hosts.ts';
export { closeReason } from './server/close-reason.ts';
export { FailedAttempts, type FailedAttemptsOptions } from './server/failed-attempts.ts';
export { type ListeningAddress, listen, listeningText, listenProblem } from './server/listen.ts';
export { requestLimits } from './server/request-limits.ts';
export { serverTlsOptions } from './server-tls.ts';
export { withLogin } from './several-hosts.ts';
export { readTextFile } from './text-file.ts';
