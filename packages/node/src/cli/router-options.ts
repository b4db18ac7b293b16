import type { Command } from 'commander';

/** The flags that select the router, the realm and the identity. */
export interface RouterFlags {
  /** Default: the router of the node in the current folder. */
  readonly router?: string;
  readonly realm?: string;
  readonly authid?: string;
  readonly ticket?: string;
  readonly secret?: string;
  readonly privkey?: string;
}

/** Adds the options that select the router, the realm and the identity. */
export function withRouterOptions(command: Command): Command {
  const { PGWAMP_ROUTER, PGWAMP_REALM } = process.env;
  return command
    .option(
      '--router <url>',
      'ws://, wss://, rs://host:port or rs://unix:/path ($PGWAMP_ROUTER; default: the router of the node in .crossbar, or ' +
        'ws://127.0.0.1:8080/ws)',
      PGWAMP_ROUTER,
    )
    .option(
      '--realm <name>',
      'realm to join ($PGWAMP_REALM; default: the first one of that node, or realm1)',
      PGWAMP_REALM,
    )
    .option('--authid <name>', 'identity to authenticate as')
    .option('--ticket <text>', 'authenticate by ticket ($PGWAMP_TICKET)')
    .option('--secret <text>', 'authenticate by WAMP-CRA ($PGWAMP_SECRET)')
    .option('--privkey <hex>', 'authenticate by Cryptosign ($PGWAMP_PRIVKEY)');
}
