#!/usr/bin/env node
import {
  type Postgresql2websocketCommandLine,
  parsePostgresql2websocketCommandLine,
  postgresql2websocketUsage,
} from '@pgwamp/gateway';
import { runDropIn } from './drop-in.ts';
import { ofPostgresql2websocket } from './read-gateway.ts';

const program = {
  name: 'postgresql2websocket',
  usage: postgresql2websocketUsage,
  parse: parsePostgresql2websocketCommandLine,
  read: ({ file, debug }: Postgresql2websocketCommandLine) => ofPostgresql2websocket(file, debug),
};
process.exitCode = await runDropIn<Postgresql2websocketCommandLine>(program, process.argv.slice(2));
