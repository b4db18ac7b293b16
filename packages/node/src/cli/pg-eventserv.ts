#!/usr/bin/env node
import { type EventservCommandLine, eventservUsage, parseEventservCommandLine } from '@pgwamp/gateway';
import { runDropIn } from './drop-in.ts';
import { ofEventserv } from './read-gateway.ts';

const program = { name: 'pg_eventserv', usage: eventservUsage, parse: parseEventservCommandLine, read: ofEventserv };
process.exitCode = await runDropIn<EventservCommandLine>(program, process.argv.slice(2));
