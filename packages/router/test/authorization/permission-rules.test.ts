import { expect } from 'chai';
import { PermissionRules } from '../../src/authorization/permission-rules.ts';
import type { PermissionOptions } from '../../src/index.ts';
import { Random } from '../support/random.ts';

type Match = NonNullable<PermissionOptions['match']>;

const POLICIES: readonly Match[] = ['exact', 'prefix', 'wildcard'];
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

/** What the specification of the rules says, by looking at all of them. */
function expected(permissions: readonly PermissionOptions[], uri: string): PermissionOptions | undefined {
  const found = permissions.filter((permission) => matches(permission, uri));
  const of = (policy: Match) => found.filter(({ match }) => match === policy);
  const [wildcard] = of('wildcard').sort((one, other) => (runsOf(one.uri) < runsOf(other.uri) ? 1 : -1));
  const [prefix] = of('prefix').sort((one, other) => other.uri.length - one.uri.length);
  return of('exact')[0] ?? wildcard ?? prefix;
}

describe('permission rules', () => {
  it('find what a look at all permissions finds', () => {
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
      const found = rules.find('exact', uri).publish !== undefined;
      expect(found, `${uri} among ${JSON.stringify(all)}`).to.equal(wanted);
    }
  });

  it('allow a pattern nothing that they do not allow each URI that it stands for, but for what is withheld', () => {
    const random = new Random(11);
    for (let round = 0; round < 2_000; round++) {
      // Permissions that only give, and withhold nothing from what others give.
      const all = Array.from({ length: random.integer(6) }, () => ({
        uri: uriFrom(random),
        match: random.of(POLICIES),
        allow: { subscribe: true },
      }));
      const rules = new PermissionRules(all);
      const pattern = { match: random.of(POLICIES), uri: uriFrom(random) };
      if (rules.find(pattern.match, pattern.uri).subscribe === undefined) continue;
      for (let count = 0; count < 20; count++) {
        const uri = uriFrom(random, ['a', 'b', 'ab']);
        if (!matches(pattern, uri)) continue;
        const words = `${JSON.stringify(pattern)} brings ${uri} among ${JSON.stringify(all)}`;
        expect(rules.find('exact', uri).subscribe, words).not.to.equal(undefined);
      }
    }
  });
});
