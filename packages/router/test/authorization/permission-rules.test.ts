import { expect } from 'chai';
import { PermissionRules } from '../../src/authorization/permission-rules.ts';
import type { PermissionOptions } from '../../src/index.ts';
import { Random } from '../support/random.ts';

type Match = NonNullable<PermissionOptions['match']>;

const PATTERNS = ['prefix', 'wildcard'] as const;
const POLICIES: readonly Match[] = ['exact', ...PATTERNS];
const COMPONENTS = ['a', 'b', 'ab', ''];

function uriFrom(random: Random, components = COMPONENTS): string {
  return Array.from({ length: 1 + random.integer(4) }, () => random.of(components)).join('.');
}

function matches({ uri: pattern, match }: PermissionOptions, uri: string): boolean {
  if (match === 'exact') return pattern === uri;
  if (match === 'prefix') return uri.startsWith(pattern);
  const [wanted, found] = [pattern.split('.'), uri.split('.')];
  return wanted.length === found.length && wanted.every((part, index) => part === '' || part === found[index]);
}

/** For how long a wildcard is without a wildcard, once, twice, and so on: what comes first in order is better. */
function runsOf(pattern: string): string {
  const parts = pattern.split('.').map((part) => (part === '' ? '0' : '1'));
  return parts.join('');
}

/** The result according to the specification of the rules, by checking all of them. */
function expected(permissions: readonly PermissionOptions[], uri: string): PermissionOptions | undefined {
  const found = permissions.filter((permission) => matches(permission, uri));
  const of = (policy: Match) => found.filter(({ match }) => match === policy);
  const [wildcard] = of('wildcard').sort((one, other) => (runsOf(one.uri) < runsOf(other.uri) ? 1 : -1));
  const [prefix] = of('prefix').sort((one, other) => other.uri.length - one.uri.length);
  return of('exact')[0] ?? wildcard ?? prefix;
}

/** A permission for some URI or pattern, which gives as often as `percent` says. */
function permissionFrom(random: Random, action: 'publish' | 'subscribe', percent: number): PermissionOptions {
  return { uri: uriFrom(random), match: random.of(POLICIES), allow: { [action]: random.chance(percent) } };
}

/** All URIs of up to four components out of three. */
const EVERY_URI = [1, 2, 3, 4].flatMap((length) =>
  Array.from({ length: 3 ** length }, (_, number) => {
    const digits = number.toString(3).padStart(length, '0');
    return [...digits].map((digit) => COMPONENTS[Number(digit)]).join('.');
  }),
);

describe('PermissionRules', () => {
  it('find the same permission as a linear search', () => {
    const random = new Random(7);
    for (let round = 0; round < 2_000; round++) {
      const permissions = new Map<string, PermissionOptions>();
      for (let count = random.integer(8); count > 0; count--) {
        const [match, uri] = [random.of(POLICIES), uriFrom(random)];
        permissions.set(`${match} ${uri}`, { uri, match, allow: { publish: random.chance(50) } });
      }
      const all = [...permissions.values()];
      const rules = new PermissionRules(all);
      const uri = uriFrom(random, ['a', 'b', 'ab']);
      const wanted = expected(all, uri)?.allow?.publish ?? false;
      const found = rules.find(uri).publish !== undefined;
      expect(found, `${uri} among ${JSON.stringify(all)}`).to.equal(wanted);
    }
  });

  it('permit a pattern only if they permit every URI that matches it', () => {
    const random = new Random(11);
    let allowed = 0;
    for (let round = 0; round < 20_000; round++) {
      const all = Array.from({ length: random.integer(6) }, () => permissionFrom(random, 'subscribe', 70));
      const rules = new PermissionRules(all);
      const pattern = { match: random.of(PATTERNS), uri: uriFrom(random) };
      if (rules.findForAll(pattern, 'subscribe') === undefined) continue;
      allowed++;
      for (const uri of EVERY_URI.filter((candidate) => matches(pattern, candidate))) {
        const words = `${JSON.stringify(pattern)} brings ${uri} among ${JSON.stringify(all)}`;
        expect(rules.find(uri).subscribe, words).not.to.equal(undefined);
      }
    }
    expect(allowed).to.be.above(1_000);
  });

  it('permit a pattern if a permission of the same pattern does, for any other permissions', () => {
    const random = new Random(13);
    for (let round = 0; round < 2_000; round++) {
      const pattern = { match: random.of(PATTERNS), uri: `z.${uriFrom(random)}` };
      const others = Array.from({ length: random.integer(6) }, () => permissionFrom(random, 'subscribe', 50));
      const all = [
        ...others.filter(({ uri }) => uri !== '' && !uri.startsWith('.')),
        { ...pattern, allow: { subscribe: true } },
      ];
      const words = `${JSON.stringify(pattern)} among ${JSON.stringify(all)}`;
      expect(new PermissionRules(all).findForAll(pattern, 'subscribe'), words).not.to.equal(undefined);
    }
  });
});
