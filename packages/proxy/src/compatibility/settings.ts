import { ConfigurationError, type ConfigurationIssue, type Environment, readTextFile } from '@pgwamp/config';
import { readIni, type Setting } from './ini.ts';

/** Settings by path, such as `database.uri`, and the mistakes found while reading them. */
export class Settings {
  readonly #settings = new Map<string, Setting>();
  readonly #issues: ConfigurationIssue[] = [];
  readonly #used = new Set<string>();
  #isComplete = true;

  /** The paths of all settings. */
  get paths(): string[] {
    return [...this.#settings.keys()];
  }

  set(path: string, setting: Setting): void {
    this.#settings.set(path, setting);
  }

  /** Returns the value of a setting and marks it as used. An empty value is none. */
  get(path: string): string | undefined {
    this.#used.add(path);
    return this.#settings.get(path)?.value || undefined;
  }

  /** The name under which the user has written, or would write, a setting. */
  nameOf(path: string): string {
    return this.#settings.get(path)?.origin ?? variableOf(path);
  }

  /** The value of a required setting. */
  demand(path: string, what: string): string {
    const value = this.get(path);
    if (value === undefined) this.missing(path, `missing: ${what}`);
    return value ?? '';
  }

  /** Reports a missing setting, unless a part of a file could not be read, which may contain it. */
  missing(path: string, message: string): void {
    if (this.#isComplete) this.complain(path, message);
  }

  complain(path: string, message: string): void {
    this.#issues.push({ keys: [this.nameOf(path)], message });
  }

  /** Reports a part of a file that cannot be read. */
  complainOfFile(origin: string, message: string): void {
    this.#isComplete = false;
    this.#issues.push({ keys: [origin], message });
  }

  /** Reports unused settings, and throws if there are mistakes. */
  check(known: string): void {
    for (const path of this.paths) if (!this.#used.has(path)) this.complain(path, `unknown setting; expected ${known}`);
    if (this.#issues.length > 0) throw new ConfigurationError(this.#issues);
  }
}

const prefix = 'PGPROXY_';

/** The variable of a setting: `database.uri` is in `PGPROXY_DATABASE-URI`. */
function variableOf(path: string): string {
  return `${prefix}${path.toUpperCase().replaceAll('.', '-')}`;
}

/**
 * The settings of a file, and of variables `PGPROXY_…`, which take precedence. In their names `__` may replace `-`,
 * since shells cannot export names with a dash. `…_FILE` names a file that contains the value.
 */
export function readSettings(file: string | undefined, environment: Environment): Settings {
  const settings = new Settings();
  if (file !== undefined) {
    const { settings: read, problems } = readIni(readText(settings, file, file), file);
    for (const [path, setting] of read) settings.set(path, { ...setting, origin: `${setting.origin} (${path})` });
    for (const { origin, message } of problems) settings.complainOfFile(origin, message);
  }
  const variables = new Map<string, string>();
  for (const name of variablesOf(environment)) {
    const written = name.slice(prefix.length).replace(/-|__/g, '.').toLowerCase();
    const isFile = written.endsWith('_file');
    const path = isFile ? written.slice(0, -'_file'.length) : written;
    const value = environment[name] ?? '';
    const other = variables.get(path);
    if (other !== undefined) settings.complain(path, `variable ${name} sets the same; remove one of them`);
    variables.set(path, name);
    settings.set(path, { value: isFile ? readText(settings, value, name).trim() : value, origin: name });
  }
  return settings;
}

/**
 * The variables of pg-event-proxy, which ignores their case. An empty one is not set: compose files pass variables that
 * nobody has set as empty ones.
 */
function variablesOf(environment: Environment): string[] {
  return Object.keys(environment).filter((name) => name.toUpperCase().startsWith(prefix) && environment[name] !== '');
}

/** The settings of pg-amqp-bridge, by variable name; each value may be in a file. */
export function readBridgeSettings(environment: Environment): Settings {
  const settings = new Settings();
  for (const name of ['POSTGRESQL_URI', 'AMQP_URI', 'BRIDGE_CHANNELS', 'DELIVERY_MODE']) {
    const [value, fileName] = [environment[name], environment[`${name}_FILE`]];
    if (value) settings.set(name, { value, origin: name });
    else if (fileName) {
      const origin = `${name}_FILE`;
      settings.set(name, { value: readText(settings, fileName, origin).trim(), origin });
    }
  }
  return settings;
}

function readText(settings: Settings, file: string, origin: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    settings.complainOfFile(origin, `cannot read ${file}: ${(error as Error).message}`);
    return '';
  }
}
