import type { Command } from 'commander';

/** Which router to join and as whom, as the command line says. */
export interface RouterFlags {
  /** If left out, the router of the node in the current folder. */
  readonly router?: string;
  readonly realm?: string;
  readonly authid?: string;
  readonly ticket?: string;
  readonly secret?: string;
  readonly privkey?: string;
}

/** Adds the options that say which router to join and as whom. */
export function withRouterOptions(command: Command): Command {
  const { PGWAMP_ROUTER, PGWAMP_REALM } = process.env;
  return command
    .option(
      '--router <url>',
      'ws://, wss://, rs://host:port or rs://unix:/path ($PGWAMP_ROUTER; if left out, the router of the node in .crossbar, or ' +
        'ws://127.0.0.1:8080/ws)',
      PGWAMP_ROUTER,
    )
    .option(
      '--realm <name>',
      'realm to join ($PGWAMP_REALM; if left out, the first one of that node, or realm1)',
      PGWAMP_REALM,
    )
    .option('--authid <name>', 'identity to authenticate as')
    .option('--ticket <text>', 'authenticate by ticket ($PGWAMP_TICKET)')
    .option('--secret <text>', 'authenticate by WAMP-CRA ($PGWAMP_SECRET)')
    .option('--privkey <hex>', 'authenticate by Cryptosign ($PGWAMP_PRIVKEY)');
}
