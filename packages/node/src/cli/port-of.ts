import { InvalidArgumentError } from 'commander';

/**
 * A TCP port on the command line; 0 selects a free one.
 *
 * @throws `InvalidArgumentError`
 */
export function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65_536) return port;
  throw new InvalidArgumentError('expected a port from 0 to 65535.');
}
