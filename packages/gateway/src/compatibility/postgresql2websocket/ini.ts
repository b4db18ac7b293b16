import { ConfigurationError, type ConfigurationIssue } from '@pgwamp/config';

/** The sections of a file, each with its keys in lower case. */
export type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

const section = /^\[(.+)\]\s*$/;
const pair = /^([^=:]+?)\s*[=:]\s*(.*)$/;

/**
 * Parses a file like Python's `configparser`. `;` and `#` start a comment only at the start of a line, so that
 * passwords may contain them. An indented line continues the value above it. `%%` is a percent sign, and `%(name)s` the
 * value of a key. The keys of `[DEFAULT]` belong to every section.
 *
 * @param file the path, for errors.
 * @throws `ConfigurationError` that names the malformed lines.
 */
export function parseIni(file: string, text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  const issues: ConfigurationIssue[] = [];
  let keys: Map<string, string> | undefined;
  let last: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*([;#].*)?$/.test(line)) continue;
    const report = (message: string) => issues.push({ keys: [`${file}:${index + 1}`], message });
    const [, name] = section.exec(line) ?? [];
    const [, key, value = ''] = pair.exec(line) ?? [];
    if (keys && last !== undefined && /^\s/.test(line)) keys.set(last, `${keys.get(last)}\n${line.trim()}`);
    else if (name !== undefined) {
      if (sections.has(name)) report(`section [${name}] is written twice`);
      keys = new Map();
      last = undefined;
      sections.set(name, keys);
    } else if (!keys) report('a key before the first section, such as [postgresql]');
    else if (key === undefined) report('expected a section such as [web], a pair such as port = 8080, or a comment');
    else {
      last = key.toLowerCase();
      if (keys.has(last)) report(`${last} is written twice`);
      keys.set(last, value.trimEnd());
    }
  }
  if (issues.length > 0) throw new ConfigurationError(issues);
  const { DEFAULT = new Map<string, string>(), ...others } = Object.fromEntries(sections);
  return new Map(
    Object.entries(others).map(([name, own]) => [name, interpolated(file, name, new Map([...DEFAULT, ...own]))]),
  );
}

/** Limit of references within references, as in Python: more of them are a circle. */
const maxDepth = 10;

function interpolated(file: string, name: string, keys: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const expand = (key: string, value: string, depth = 1): string =>
    value.replace(/%(?:%|\(([^)]+)\)s|)/g, (found, other?: string) => {
      if (found === '%%') return '%';
      const inserted = keys.get(other?.toLowerCase() ?? '');
      if (inserted !== undefined && depth <= maxDepth) return expand(key, inserted, depth + 1);
      const message = 'write a percent sign as %%; %(name)s refers to another key of the section';
      throw new ConfigurationError([{ keys: [`[${name}] ${key} in ${file}`], message }]);
    });
  return new Map([...keys].map(([key, value]) => [key, expand(key, value)]));
}
