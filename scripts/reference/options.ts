import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { calleeConfiguration } from '@pgwamp/callee';
import { callerConfiguration } from '@pgwamp/caller';
import { jsonSchema } from '@pgwamp/config';
import { gatewayConfiguration } from '@pgwamp/gateway';
import { proxyConfiguration } from '@pgwamp/proxy';
import { publisherConfiguration } from '@pgwamp/publisher';
import { subscriberConfiguration } from '@pgwamp/subscriber';
import { plainCell, renderTable } from '../markdown-table.ts';
import { limitsSection } from './limits.ts';

/** The part of JSON Schema that configurations use. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A key of a configuration, as a line of the page describes it. */
export interface Option {
  readonly key: string;
  readonly type: string;
  /** As JSON; `required` for a key that must be given; empty for one that may be left out. */
  readonly fallback: string;
  /** Empty if the schema has no description. */
  readonly meaning: string;
}

/** An option within the alternatives that it belongs to, such as transports of type `websocket`. */
interface Found extends Option {
  /** For each choice between alternatives, by its path: those that have the option, and all that there are. */
  readonly choices: ReadonlyMap<string, { readonly of: readonly string[]; readonly all: readonly string[] }>;
}

/** The data of a line that the schema of its key does not contain. */
interface Place {
  readonly path: string;
  readonly isRequired: boolean;
  readonly choices: Found['choices'];
}

const components = {
  Publisher: publisherConfiguration,
  Subscriber: subscriberConfiguration,
  Callee: calleeConfiguration,
  Caller: callerConfiguration,
  Gateway: gatewayConfiguration,
  Proxy: proxyConfiguration,
};

/** Keys that are described at another place: how a sink of kind wamp joins its router, and how tokens are checked. */
const elsewhere = /^extra\.(sinks\.NAME\.(transport|authentication)|auth\.jwt)\./;

/** Keys of a node that docs/router.md and the options of components describe. */
const ofRouters = /^(\$schema|version|workers\[\]\.(realms|transports|limits|components|\$schema)\b)/;

/** The options of each component by its name, those that all WAMP components have under `all`. */
export function options(): ReadonlyMap<string, readonly Option[]> {
  const each = Object.entries(components).map(([name, schema]) => [name, optionsOf(jsonSchema(schema))] as const);
  const lines = each.slice(0, 4).map(([, found]) => new Set(found.map(lineOf)));
  const [[, first] = ['', []]] = each;
  const common = first.filter((option) => lines.every((all) => all.has(lineOf(option))));
  const known = new Set(common.map(lineOf));
  const own = each.map(([name, found]) => {
    return [name, found.filter((option) => !known.has(lineOf(option)) && !elsewhere.test(option.key))] as const;
  });
  return new Map<string, readonly Option[]>([['all', common], ...own, ['Node', nodeOptions()]]);
}

/** The keys of the file of a node, without those of its routers and components, as the command prints them. */
function nodeOptions(): Option[] {
  const program = join(import.meta.dirname, '../../packages/node/src/cli/pgwamp.ts');
  const { stdout } = spawnSync(process.execPath, [program, 'schema'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return optionsOf(JSON.parse(stdout)).filter(({ key }) => !ofRouters.test(key));
}

/** The keys of a configuration in the order of its schema; a key whose alternatives differ has a line for each difference. */
function optionsOf(schema: object): Option[] {
  const lines = new Map<string, Found>();
  for (const found of walk(schema as Schema, { path: '', isRequired: true, choices: new Map() })) {
    const line = lineOf(found);
    const other = lines.get(line);
    lines.set(line, other ? { ...other, choices: merged(other.choices, found.choices) } : found);
  }
  return [...lines.values()].map(({ choices, ...option }) => ({ ...option, meaning: option.meaning + note(choices) }));
}

function lineOf({ key, type, fallback, meaning }: Option): string {
  return JSON.stringify([key, type, fallback, meaning]);
}

function* walk(schema: Schema, place: Place): Generator<Found> {
  const alternatives = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const tag = tagOf(alternatives.slice(1));
  const all = tag ? alternatives.slice(1).map(({ properties }) => String(properties?.[tag]?.const)) : [];
  // One without other keys, such as a kind that is refused with a hint.
  const counted = all.filter((_, index) => Object.keys(alternatives[index + 1]?.properties ?? {}).length > 1);
  if (tag) yield option(place, tag, { anyOf: [...new Set(all)].map((value) => ({ const: value })) }, true);
  for (const [index, alternative] of alternatives.entries()) {
    const choice = all[index - 1];
    const choices = choice
      ? new Map([...place.choices, [place.path, { of: [choice], all: [...new Set(counted)] }] as const])
      : place.choices;
    for (const [name, inner] of Object.entries(alternative.properties ?? {})) {
      if (name === tag) continue;
      const isRequired = alternative.required?.includes(name) ?? false;
      if (!isContainer(inner)) yield option({ ...place, choices }, name, inner, isRequired);
      yield* walk(inner, { path: within(place.path, name), isRequired, choices });
    }
    if (index > 0 && !alternative.properties) yield* walk(alternative, { ...place, choices });
    const { additionalProperties: named, items } = alternative;
    if (typeof named === 'object') yield* walk(named, { ...place, path: `${place.path}.NAME`, choices });
    if (items) yield* walk(items, { ...place, path: `${place.path}[]`, choices });
  }
}

function option({ path, choices }: Place, name: string, schema: Schema, isRequired: boolean): Found {
  const written = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  const meaning = schema.description ?? (name === 'type' || name === 'kind' ? 'which kind' : '');
  const fallback = isRequired ? 'required' : written;
  return { key: within(path, name), type: typeText(schema), fallback, meaning, choices };
}

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Whether it only holds other keys, which say all that there is to say. */
function isContainer({ description, properties, anyOf, oneOf }: Schema): boolean {
  const alternatives = [...(anyOf ?? []), ...(oneOf ?? [])];
  const isObject = alternatives.length > 0 ? alternatives.every(isContainer) : properties !== undefined;
  return isObject && description === undefined;
}

/** The key by which alternatives are told apart. */
function tagOf(alternatives: readonly Schema[]): string | undefined {
  return ['type', 'kind'].find(
    (name) =>
      alternatives.length > 0 && alternatives.every(({ properties }) => properties?.[name]?.const !== undefined),
  );
}

function typeText(schema: Schema): string {
  const texts = typesOf(schema);
  return [texts.slice(0, -1).join(', '), ...texts.slice(-1)].filter((text) => text !== '').join(' or ');
}

/** In words. Of an integer that may be text, and of a choice that may be a variable, what it comes to. */
function typesOf(schema: Schema): string[] {
  const { type, minimum, maximum, items, additionalProperties: named } = schema;
  if (schema.const !== undefined) return [`\`${JSON.stringify(schema.const)}\``];
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``);
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (alternatives.length > 0) {
    const [first = {}, second] = alternatives;
    const isVariable = second?.type === 'string' && (first.type === 'integer' || first.enum !== undefined);
    return [...new Set((isVariable ? [first] : alternatives).flatMap(typesOf))];
  }
  if (type === 'integer') {
    return [
      maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
        ? `integer, ${minimum} or more`
        : `integer, ${minimum} to ${maximum}`,
    ];
  }
  if (type === 'array') return [`list of ${items ? typeText(items) : 'values'}`];
  if (typeof named === 'object' && !schema.properties) return [`object of ${typeText(named)}`];
  return [type ?? 'object'];
}

function merged(one: Found['choices'], other: Found['choices']): Found['choices'] {
  const choices = new Map(one);
  for (const [path, { of, all }] of other)
    choices.set(path, { of: [...new Set([...(one.get(path)?.of ?? []), ...of])], all });
  return choices;
}

/** Which alternatives have the option, unless all have it. */
function note(choices: Found['choices']): string {
  const some = [...choices.values()].filter(({ of, all }) => of.length < all.length);
  const innermost = some.at(-1);
  return innermost ? ` (${innermost.of.join(', ')})` : '';
}

const introduction = `# Options

All keys of the configurations. \`npm run reference\` makes this page from the schemas that check a configuration.

- \`NAME\` stands for a name of yours, \`[]\` for each element of a list.
- A key without a default may be left out, unless it is required.
- Words in brackets at the end of a line are the kinds that have the key.
- [Values](configuration.md#values) describes units, sizes and environment variables.
`;

const introductions: Readonly<Record<string, string>> = {
  all: `## All components

The Publisher, the Subscriber, the Callee and the Caller have these keys. The Gateway and the Proxy have those of \`extra\` only.
`,
  Node: `## Node

The file of \`pgwamp start\`. [The router](router.md) describes realms and transports.
`,
};

/** docs/options.md. */
export function optionsPage(): string {
  const sections = [...options()].map(([name, found]) => {
    const rows = found.map(({ key, type, fallback, meaning }) => [
      `\`${key}\``,
      type.replaceAll('|', '\\|'),
      fallback.replaceAll('|', '\\|'),
      plainCell(meaning),
    ]);
    const table = renderTable([['key', 'type', 'default', 'meaning'], ...rows]);
    return `${introductions[name] ?? `## ${name}\n`}\n${table}`;
  });
  return [introduction, ...sections, limitsSection()].join('\n');
}
