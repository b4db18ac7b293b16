import type { MatchPolicy } from '../matching/pattern-map.ts';

/** A URI that stands for itself, or for all that match it. */
export interface Pattern {
  readonly match: MatchPolicy;
  readonly uri: string;
}

/** What all URIs begin with that a wildcard stands for. */
export function literalStart(wildcard: string): string {
  const components = wildcard.split('.');
  const first = components.indexOf('');
  return first < 0
    ? wildcard
    : components
        .slice(0, first)
        .map((component) => `${component}.`)
        .join('');
}

function doComponentsAgree(one: string, other: string): boolean {
  return one === '' || other === '' || one === other;
}

function doWildcardsMeet(one: string, other: string): boolean {
  const [here, there] = [one.split('.'), other.split('.')];
  return here.length === there.length && here.every((part, index) => doComponentsAgree(part, there[index] ?? ''));
}

/** Whether a URI that the wildcard stands for may begin so; the last component of the prefix may be cut short. */
function meetsPrefix(wildcard: string, prefix: string): boolean {
  const [parts, begun] = [wildcard.split('.'), prefix.split('.')];
  const cut = begun.pop() ?? '';
  const last = parts[begun.length];
  if (last === undefined || !(last === '' || last.startsWith(cut))) return false;
  return begun.every((part, index) => doComponentsAgree(part, parts[index] ?? ''));
}

/** Whether there may be a URI that both stand for. */
export function meet(one: Pattern, other: Pattern): boolean {
  if (one.match === 'exact') return other.match === 'exact' ? one.uri === other.uri : meet(other, one);
  if (one.match === 'prefix') {
    if (other.match === 'wildcard') return meetsPrefix(other.uri, one.uri);
    return other.uri.startsWith(one.uri) || (other.match === 'prefix' && one.uri.startsWith(other.uri));
  }
  return other.match === 'prefix' ? meetsPrefix(one.uri, other.uri) : doWildcardsMeet(one.uri, other.uri);
}

/** Whether a pattern stands for all that another one stands for. */
export function covers(wide: Pattern, { match, uri }: Pattern): boolean {
  if (wide.match === 'prefix') return (match === 'wildcard' ? literalStart(uri) : uri).startsWith(wide.uri);
  if (wide.match === 'exact' || match === 'prefix') return wide.match === match && wide.uri === uri;
  const [parts, narrow] = [wide.uri.split('.'), uri.split('.')];
  return parts.length === narrow.length && parts.every((part, index) => part === '' || part === narrow[index]);
}
