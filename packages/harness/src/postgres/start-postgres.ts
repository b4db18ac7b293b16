import { withDeadline } from '../deadline.ts';
import { dockerAnswers } from '../docker.ts';
import type { ProxyTarget } from '../proxy/link.ts';
import { ContainerServer } from './container-server.ts';
import { EmbeddedServer } from './embedded-server.ts';
import { GivenServer } from './given-server.ts';
import type { PostgresServer } from './postgres-server.ts';
import { serverSettings, wantedMajor } from './server-settings.ts';

const containerDeadline = 40_000;

/** The server that a test requires. */
export interface PostgresOptions {
  /** The major version, 14 to 18; default: the environment variable `PG_VERSION`, else 18. */
  readonly major?: number;
  /** Additional settings of `postgresql.conf`; implies {@link PostgresOptions.own}. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * Text files by name that settings refer to, such as certificates. They are in the data directory. Implies {@link
   * PostgresOptions.own}.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether the test stops, starts or kills the server, or reads its log. Then it is an embedded server. */
  readonly own?: boolean;
}

/**
 * Starts a real PostgreSQL: the server of `TEST_DATABASE_URL` if set, else one in a container if Docker answers, else
 * an embedded one.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const settings = { ...serverSettings, ...options.settings };
  const own = options.own || options.settings !== undefined || options.files !== undefined;
  const given = process.env.TEST_DATABASE_URL;
  if (!own && given && options.major === undefined) return GivenServer.create(given);
  const major = wantedMajor(options.major);
  const contained = !own && (await dockerAnswers()) ? await startContainer(major, settings) : undefined;
  return contained ?? EmbeddedServer.create(major, settings, options.files);
}

/**
 * Starts a standby of a server that a test owns.
 *
 * @param primary the address at which it finds the server, if it differs from the server's own.
 */
export function startStandby(server: PostgresServer, primary: ProxyTarget = server): Promise<PostgresServer> {
  if (!(server instanceof EmbeddedServer)) throw new Error('a standby needs startPostgres({ own: true })');
  return server.standby(primary);
}

// Docker may answer and yet have no way to the image; that is no reason to test nothing.
async function startContainer(major: number, settings: Readonly<Record<string, string>>) {
  try {
    return await withDeadline(ContainerServer.create(major, settings), containerDeadline, 'the container to start');
  } catch (error) {
    process.emitWarning(`Docker answers but runs no PostgreSQL ${major}, an embedded one takes its place: ${error}`);
    return undefined;
  }
}
