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

/** The keys of pg_eventserv that still have an effect, with its defaults. */
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

/** Keys without an effect, and the reason. */
const obsolete: Readonly<Record<string, string>> = {
  DbPoolMaxConns: 'one connection serves all channels',
  DbPoolMaxConnLifeTime: 'one connection serves all channels, and is opened again when it is lost',
  AssetsPath: 'the page is part of the program',
};

const allKeys = [...Object.keys(schema.shape), ...Object.keys(obsolete)];

/** The settings, and warnings about keys without an effect. */
export interface ReadSettings {
  readonly settings: EventservSettings;
  /** The place of a setting, for errors: `HttpPort in config/pg_eventserv.toml`, or `ES_HTTPPORT`. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
  readonly warnings: readonly string[];
}

/** A given value with its name, and its file if it comes from one. */
interface Given {
  readonly value: unknown;
  readonly name: string;
  readonly file?: string | undefined;
}

/**
 * Resolves the settings: `DATABASE_URL`, then variables `ES_…`, then the file, then the defaults.
 *
 * @throws `ConfigurationError` that names for each wrong value its key, its place, and what is expected.
 */
export function readSettings(file: EventservFile, environment: Environment): ReadSettings {
  const [inFile, warnings] = givenInFile(file);
  const given = new Map([...inFile, ...givenInEnvironment(environment)]);
  const placeOf = ([key, ...inside]: readonly PropertyKey[]) => {
    const { name = key ?? '', file: path } = given.get(String(key)) ?? {};
    return `${pathText([name, ...inside])}${path === undefined ? '' : ` in ${path}`}`;
  };
  for (const [key, reason] of Object.entries(obsolete)) {
    if (given.has(key)) warnings.push(`${placeOf([key])} has no effect: ${reason}`);
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

/** The values of the file, by the spelling of pg_eventserv, and warnings about unknown keys. */
function givenInFile({ path, values }: EventservFile): [Map<string, Given>, string[]] {
  const known = new Map(allKeys.map((key) => [key.toLowerCase(), key]));
  const given = new Map<string, Given>();
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const key = known.get(name.toLowerCase());
    if (key === undefined) warnings.push(`${name} in ${path} is not a key of pg_eventserv and has no effect`);
    else if (given.has(key)) throw new ConfigurationError([{ keys: [`${name} in ${path}`], message: 'written twice' }]);
    else given.set(key, { value, name, file: path });
  }
  return [given, warnings];
}

function givenInEnvironment(environment: Environment): [string, Given][] {
  const variables = allKeys.map((key) => [key, `ES_${key.toUpperCase()}`] as const);
  return [...variables, ['DbConnection', 'DATABASE_URL'] as const].flatMap(([key, name]) => {
    const value = environment[name];
    // As in pg_eventserv, an empty variable counts as unset.
    return value ? [[key, { value, name }]] : [];
  });
}

/** A list may be given as one text with white space between the items, as in an environment variable. */
function listed(key: string, value: unknown): unknown {
  const isList = key === 'Channels' || key === 'CORSOrigins';
  return isList && typeof value === 'string' ? value.split(/\s+/).filter((item) => item !== '') : value;
}
