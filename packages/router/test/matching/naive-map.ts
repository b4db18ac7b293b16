import type { MatchPolicy } from '../../src/matching/pattern-map.ts';

interface Entry<T> {
  readonly policy: MatchPolicy;
  readonly uri: string;
  readonly value: T;
}

function matches(policy: MatchPolicy, pattern: string, uri: string): boolean {
  if (policy === 'exact') return pattern === uri;
  if (policy === 'prefix') return uri.startsWith(pattern);
  const [wanted, found] = [pattern.split('.'), uri.split('.')];
  return wanted.length === found.length && wanted.every((part, index) => part === '' || part === found[index]);
}

/** Bigger is better: the policy first, then the length of a prefix, or the places of components by name. */
function rank({ policy, uri }: Entry<unknown>): string {
  if (policy === 'exact') return '3';
  if (policy === 'prefix') return `2 ${String(uri.length).padStart(9, '0')}`;
  return `1 ${uri
    .split('.')
    .map((part) => (part === '' ? '0' : '1'))
    .join('')}`;
}

/** The matching in its simplest form: every pattern is compared with the URI. */
export class NaiveMap<T> {
  #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  set(policy: MatchPolicy, uri: string, value: T): void {
    this.delete(policy, uri);
    this.#entries.push({ policy, uri, value });
  }

  delete(policy: MatchPolicy, uri: string): boolean {
    const before = this.size;
    this.#entries = this.#entries.filter((entry) => entry.policy !== policy || entry.uri !== uri);
    return this.size < before;
  }

  matching(uri: string): T[] {
    return this.#matching(uri).map(({ value }) => value);
  }

  best(uri: string): T | undefined {
    const ranked = this.#matching(uri).sort((one, other) => (rank(one) < rank(other) ? 1 : -1));
    return ranked[0]?.value;
  }

  #matching(wanted: string): Entry<T>[] {
    return this.#entries.filter(({ policy, uri }) => matches(policy, uri, wanted));
  }
}
