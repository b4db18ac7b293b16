export { environmentGateway } from './environment-gateway.ts';
export {
  type EventservCommandLine,
  eventservUsage,
  parseEventservCommandLine,
} from './eventserv/command-line.ts';
export { type EventservGateway, eventservGateway } from './eventserv/gateway-options.ts';
export {
  type Postgresql2websocketCommandLine,
  parsePostgresql2websocketCommandLine,
  postgresql2websocketUsage,
} from './postgresql2websocket/command-line.ts';
export {
  type Postgresql2websocketGateway,
  postgresql2websocketGateway,
} from './postgresql2websocket/gateway-options.ts';
export { defaultIniFile } from './postgresql2websocket/settings.ts';
