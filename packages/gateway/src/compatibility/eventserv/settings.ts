import { ConfigurationError, check, type Environment, issuesOf, pathText, portNumber } from '@pgwamp/config';
import * as z from 'zod';
import { glob } from '../../channels/glob.ts';
import type { EventservFile } from './configuration-file.ts';

const flags: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false])),
};

const flag = z.union([z.boolean(), z.enum(Object.keys(flags)).transform((text) => flags[text] === true)], {
  error: 'true or false',
});

/** The keys that pg_eventserv has and that still matter, with its defaults. */
const schema = z.strictObject({
  DbConnection: z.string().default('sslmode=disable'),
  HttpHost: z.string().default('0.0.0.0'),
  HttpPort: portNumber({ min: 0 }).default(7700),
  HttpsPort: portNumber({ min: 0 }).default(7701),
  TlsServerCertificateFile: z.string().default(''),
  TlsServerPrivateKeyFile: z.string().default(''),
  UrlBase: z
    .string()
    .refine((text) => text === '' || (/^(https?|wss?):/.test(text) && URL.canParse(text)), {
      error: 'a URL such as "https://example.com"',
    })
    .default(''),
  BasePath: z.string().default('/'),
  CORSOrigins: z.array(z.string(), { error: 'a list of origins such as ["https://example.com"]' }).default(['*']),
  Channels: z.array(glob, { error: 'a list of patterns such as ["orders*"]' }).default(['*']),
  Debug: flag.default(false),
});

/** The settings in force, checked. */
export type EventservSettings = Readonly<z.output<typeof schema>>;

/** Keys that mean nothing here, and why. */
const obsolete: Readonly<Record<string, string>> = {
  DbPoolMaxConns: 'one connection serves all channels',
  DbPoolMaxConnLifeTime: 'one connection serves all channels, and is opened again when it is lost',
  AssetsPath: 'the page is part of the program',
};

const allKeys = [...Object.keys(schema.shape), ...Object.keys(obsolete)];

/** The settings, and what is to be said of keys that change nothing. */
export interface ReadSettings {
  readonly settings: EventservSettings;
  /** What errors call the place of a setting: `HttpPort in config/pg_eventserv.toml`, or `ES_HTTPPORT`. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
  readonly warnings: readonly string[];
}

/** A value that is given, by which name, and in which file if it is in one. */
interface Given {
  readonly value: unknown;
  readonly name: string;
  readonly file?: string | undefined;
}

/**
 * The settings in force: `DATABASE_URL`, then variables `ES_…`, then the file, then the defaults.
 *
 * @throws `ConfigurationError` that names for each wrong value its key, where it stands, and what is expected.
 */
export function readSettings(file: EventservFile, environment: Environment): ReadSettings {
  const [inFile, warnings] = givenInFile(file);
  const given = new Map([...inFile, ...givenInEnvironment(environment)]);
  const placeOf = ([key, ...inside]: readonly PropertyKey[]) => {
    const { name = key ?? '', file: path } = given.get(String(key)) ?? {};
    return `${pathText([name, ...inside])}${path === undefined ? '' : ` in ${path}`}`;
  };
  for (const [key, reason] of Object.entries(obsolete)) {
    if (given.has(key)) warnings.push(`${placeOf([key])} no longer matters: ${reason}`);
  }
  const values = Object.fromEntries(
    [...given].flatMap(([key, { value }]) => (key in obsolete ? [] : [[key, listed(key, value)]])),
  );
  const result = check(schema, values);
  if (result.success) return { settings: Object.freeze(result.data), placeOf, warnings };
  throw new ConfigurationError(
    issuesOf(result.error, values).map(({ keys, message }) => ({ keys: [placeOf(keys)], message })),
  );
}

/** What the file says, by the keys as pg_eventserv spells them, and what is to be said of keys that it does not know. */
function givenInFile({ path, values }: EventservFile): [Map<string, Given>, string[]] {
  const known = new Map(allKeys.map((key) => [key.toLowerCase(), key]));
  const given = new Map<string, Given>();
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const key = known.get(name.toLowerCase());
    if (key === undefined) warnings.push(`${name} in ${path} is no key of pg_eventserv, and changes nothing`);
    else if (given.has(key)) throw new ConfigurationError([{ keys: [`${name} in ${path}`], message: 'written twice' }]);
    else given.set(key, { value, name, file: path });
  }
  return [given, warnings];
}

function givenInEnvironment(environment: Environment): [string, Given][] {
  const variables = allKeys.map((key) => [key, `ES_${key.toUpperCase()}`] as const);
  return [...variables, ['DbConnection', 'DATABASE_URL'] as const].flatMap(([key, name]) => {
    const value = environment[name];
    // As in pg_eventserv, a variable that is empty is none.
    return value ? [[key, { value, name }]] : [];
  });
}

/** The items of a list may stand in one text with white space between them, as they do in a variable of the environment. */
function listed(key: string, value: unknown): unknown {
  const isList = key === 'Channels' || key === 'CORSOrigins';
  return isList && typeof value === 'string' ? value.split(/\s+/).filter((item) => item !== '') : value;
}
