import { BlockList, isIP } from 'node:net';
import { RouterOptionError } from '../errors.ts';

const MAPPED = '::ffff:';

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function add(list: BlockList, network: string, path: string): void {
  const [address = '', prefix] = network.split('/');
  try {
    if (isIP(address) === 0) throw new TypeError('no address');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  } catch (error) {
    const found = JSON.stringify(network);
    throw new RouterOptionError(`${path}: expected an address or a network, found ${found}`, { cause: error });
  }
}

/**
 * Whether an address is one of those allowed.
 *
 * @throws RouterOptionError for what is neither an address nor a network
 */
export function allowedAddresses(networks: readonly string[], path: string): (address: string) => boolean {
  const list = new BlockList();
  for (const [index, network] of networks.entries()) add(list, network, `${path}[${index}]`);
  return (address) => {
    const plain = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}
