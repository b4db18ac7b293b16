import { InvalidArgumentError, Option } from 'commander';

/** The option `--admin`: the address of an admin endpoint. */
export function adminOption(): Option {
  const description = 'URL, or path of the unix socket (default: controller.admin of the configuration)';
  return new Option('--admin <address>', description).argParser(adminOf);
}

function adminOf(text: string): string {
  if (!/^\w+:\/\//.test(text) || (text.startsWith('http://') && URL.canParse(text))) return text;
  throw new InvalidArgumentError('expected http://host:port, or the path of a unix socket.');
}
