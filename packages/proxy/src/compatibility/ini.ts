/** A setting: its value and, for messages, its place. */
export interface Setting {
  readonly value: string;
  readonly origin: string;
}

/** A mistake in a file, and its place. */
export interface IniProblem {
  readonly origin: string;
  readonly message: string;
}

/**
 * Parses an ini file like pg-event-proxy: sections, `key = value`, and comments. A comment begins with `#`, also after
 * a value. A `#` inside a word, and a semicolon that is not at the start of a line, belong to the value: passwords
 * contain them. Quotation marks around a whole value are not part of it.
 *
 * @param name the name of the file in messages.
 * @returns the settings by `section.key`, in lower case.
 */
export function readIni(text: string, name: string): { settings: Map<string, Setting>; problems: IniProblem[] } {
  const settings = new Map<string, Setting>();
  const problems: IniProblem[] = [];
  /** Undefined below a heading that cannot be read. */
  let section: string | undefined = '';
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const origin = `${name}:${index + 1}`;
    const content = line.replace(/(^|\s)#.*$/, '').trim();
    if (content === '' || content.startsWith(';')) continue;
    const [, heading] = /^\[\s*([^\]]+?)\s*\]$/.exec(content) ?? [];
    const [, key, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(content) ?? [];
    if (heading !== undefined) section = `${heading.toLowerCase()}.`;
    else if (section === undefined) continue;
    else if (key === undefined || value === undefined) {
      if (content.startsWith('[')) section = undefined;
      problems.push({ origin, message: 'neither "[section]" nor "key = value"; a comment begins with "#"' });
    } else if (settings.has(section + key.toLowerCase())) {
      problems.push({
        origin,
        message: `${key} is set twice in section [${section.slice(0, -1)}]; remove one of them`,
      });
    } else settings.set(section + key.toLowerCase(), { value: unquoted(value), origin });
  }
  return { settings, problems };
}

function unquoted(value: string): string {
  const [, , inside] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return inside === undefined || inside.includes(value.charAt(0)) ? value : inside;
}
