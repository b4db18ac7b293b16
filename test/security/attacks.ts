/** An attack and the test that fails when it succeeds. */
export interface Attack {
  /** In Markdown, as docs/attacks.md has it. */
  readonly attack: string;
  readonly file: string;
  /** The beginning of the test's name. */
  readonly test: string;
}

export const attacks: readonly Attack[] = [
  {
    attack: 'DNS rebinding: bridges, metrics, files',
    file: 'packages/router/test/web/web.test.ts',
    test: 'refuses other host names for every service',
  },
  {
    attack: 'DNS rebinding: WebSocket of the router',
    file: 'packages/router/test/transports/allowed-origins.test.ts',
    test: 'do not include other host names (DNS rebinding)',
  },
  {
    attack: 'DNS rebinding: gateway',
    file: 'packages/gateway/test/hostile-clients.test.ts',
    test: 'reaches nothing of a gateway on a loopback address',
  },
  {
    attack: 'DNS rebinding: admin endpoint, console',
    file: 'packages/node/test/admin.test.ts',
    test: 'refuses requests by DNS rebinding',
  },
  {
    attack: 'pages of other origins use the WAMP session of the console',
    file: 'packages/node/test/console/relay.test.ts',
    test: 'requires the origin of the console, a sign-in, and a subprotocol with one message per frame',
  },
  {
    attack: 'a page of a read-only console publishes or calls',
    file: 'packages/node/test/console/relay.test.ts',
    test: 'neither publishes nor calls if the console is read-only, for any frames',
  },
  {
    attack: 'pages of other origins post to bridges',
    file: 'packages/router/test/web/bridge.test.ts',
    test: 'refuses other origins unless they are allowed',
  },
  {
    attack: 'clients leave their calls running',
    file: 'packages/router/test/web/bridge.test.ts',
    test: 'cancels the call when the client disconnects',
  },
  {
    attack: 'names are found out by challenges: wampcra',
    file: 'packages/router/test/authentication/static.test.ts',
    test: 'challenges an unknown authid like a known one, and refuses it',
  },
  {
    attack: 'names are found out by challenges: tickets',
    file: 'packages/router/test/authentication/static.test.ts',
    test: 'answers the same for an unknown authid and for a wrong ticket',
  },
  {
    attack: 'keys are found out by challenges: cryptosign',
    file: 'packages/router/test/authentication/static.test.ts',
    test: 'challenges an unknown key, the key of another principal and a shared key like any other',
  },
  {
    attack: 'names are found out by challenges: authenticators',
    file: 'packages/router/test/authentication/dynamic.test.ts',
    test: 'does not reveal that an authid is unknown if the authenticator answers with',
  },
  {
    attack: 'secrets are guessed at the router',
    file: 'packages/router/test/authentication/attempts.test.ts',
    test: 'are limited, without effect on other addresses',
  },
  {
    attack: 'secrets are guessed over many connections',
    file: 'packages/router/test/authentication/attempts.test.ts',
    test: 'are counted for concurrent attempts too',
  },
  {
    attack: 'tokens are forged at the gateway',
    file: 'packages/gateway/test/access/access.test.ts',
    test: 'answers with 429 to an address after too many forged tokens, and accepts other addresses',
  },
  {
    attack: 'pages of other sites use the API of the console',
    file: 'packages/node/test/console/attacks.test.ts',
    test: 'refuses requests from other sites by origin, fetch metadata, content type and host name',
  },
  {
    attack: 'HTML and invisible characters in the console',
    file: 'packages/node/test/console/attacks.test.ts',
    test: 'shows HTML and invisible characters in data as text',
  },
  {
    attack: 'a sign-in at the console is used after its end',
    file: 'packages/node/test/console/sign-in.test.ts',
    test: 'closes all connections of its pages after a sign-out',
  },
  {
    attack: 'passwords are guessed at the console',
    file: 'packages/node/test/console/service.test.ts',
    test: 'compares no more passwords after ten wrong ones in a minute',
  },
  {
    attack: 'one address takes all places before joining',
    file: 'packages/router/test/session/handshake-limits.test.ts',
    test: 'close only connections of the address that opens too many',
  },
  {
    attack: 'silent connections at the link',
    file: 'packages/caller/test/link/limits.test.ts',
    test: 'accept a backend although others never authenticate',
  },
  {
    attack: 'options, lists and streams fill the memory of the router',
    file: 'packages/router/test/kept-memory.test.ts',
    test: 'does not include unused parts of a message',
  },
  {
    attack: 'random and hostile frames',
    file: 'packages/router/test/fuzz/hostile.test.ts',
    test: 'ends its own session only',
  },
  {
    attack: 'a receiver that does not read',
    file: 'packages/router/test/slow-receiver.test.ts',
    test: 'is closed; others lose nothing, wait for nobody, and memory is limited',
  },
  {
    attack: 'random bytes at the link',
    file: 'packages/caller/test/link/fuzz.test.ts',
    test: 'by any bytes of an unauthenticated connection',
  },
  {
    attack: '`sslmode` in a URI turns TLS off',
    file: 'packages/config/test/database.test.ts',
    test: 'is refused if a parameter of the URI weakens the option ssl',
  },
  {
    attack: 'secrets are read in logs, errors, `console.log` and JSON',
    file: 'test/security/secrets.test.ts',
    test: 'are never printed, logged or thrown',
  },
  {
    attack: 'secrets of brokers are read in errors',
    file: 'packages/proxy/test/sinks/secrets.test.ts',
    test: 'are in no error if the broker is unreachable',
  },
  {
    attack: 'secrets are read in `pg_stat_activity`',
    file: 'test/security/secrets.test.ts',
    test: 'of links and logins are in no statement of pg_stat_activity',
  },
  {
    attack: 'operators and functions are planted',
    file: 'test/security/planted-objects.test.ts',
    test: 'are not run by a Callee',
  },
  {
    attack: 'a function of the gateway is put in place of another: messages',
    file: 'packages/gateway/test/receive/receive.test.ts',
    test: 'calls no function that another owner has created again',
  },
  {
    attack: 'a function of the gateway is put in place of another: permissions',
    file: 'packages/gateway/test/access/access.test.ts',
    test: 'refuses clients if the function was created again by another owner',
  },
  {
    attack: 'a function of the Proxy is put in place of another',
    file: 'packages/proxy/test/routing/routing-function.test.ts',
    test: 'holds messages while another owner has created its function again',
  },
  {
    attack: 'names are shadowed in the session of a publisher',
    file: 'test/sql/publish-privileges.test.ts',
    test: 'cannot be misled by objects that shadow names',
  },
  {
    attack: 'a role with nothing reads the schema',
    file: 'test/sql/publish-privileges.test.ts',
    test: 'may neither read nor write any relation of the schema',
  },
  {
    attack: "the link's secret is taken by somebody who may call",
    file: 'test/sql/call-privileges.test.ts',
    test: 'gives no access to the secret of the link or to a dblink connection, even after a call in the session',
  },
  {
    attack: "a superuser's REFRESH or ANALYZE runs functions of pgwamp",
    file: 'test/sql/restricted-operations.test.ts',
    test: 'refuse every public function that requires a privilege',
  },
  {
    attack: 'autovacuum runs functions of pgwamp for the owner of a table',
    file: 'test/sql/restricted-operations.test.ts',
    test: 'refuse them by autovacuum too',
  },
  {
    attack: 'NOTIFY floods the Callee',
    file: 'packages/callee/test/isolation.test.ts',
    test: 'keeps no call from being answered',
  },
  {
    attack: 'an answer that cannot be sent ends the session',
    file: 'packages/callee/test/isolation.test.ts',
    test: 'fails alone: the Callee keeps its session, and others are answered',
  },
];
