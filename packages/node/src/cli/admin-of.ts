import { InvalidArgumentError } from 'commander';

/**
 * The address of an admin endpoint on the command line: a URL, or the path of a unix socket.
 *
 * @throws `InvalidArgumentError`
 */
export function adminOf(text: string): string {
  if (!/^\w+:\/\//.test(text) || (text.startsWith('http://') && URL.canParse(text))) return text;
  throw new InvalidArgumentError('expected http://host:port, or the path of a unix socket.');
}
