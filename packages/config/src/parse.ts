import * as z from 'zod';
import { type Environment, isPlain, variable, withEnvironment } from './environment.ts';
import { ConfigurationError } from './errors.ts';
import { check, issuesOf } from './issues.ts';
import { hideFromInspection } from './secrets.ts';

/** Configurations that were checked, and that nobody can have changed since. */
const checked = new WeakSet<object>();

/**
 * Checks a configuration and freezes it; `console.log` shows it without its secrets. One that was checked before is given back as it is: its values, a password for example,
 * may look like environment variables by now.
 *
 * @example
 * ```ts
 * const schema = z.strictObject({ password: z.string(), timeout: milliseconds() });
 * parseConfiguration(schema, { password: '$PGPASSWORD', timeout: '5s' }, { PGPASSWORD: 'secret' });
 * // { password: 'secret', timeout: 5000 }, which console.log shows with a hidden password
 * ```
 *
 * @param schema what the configuration has to be.
 * @param configuration the configuration as the user wrote it; it is not changed.
 * @param environment where strings like `$PGPASSWORD` come from; null takes every text as it stands.
 * @throws `ConfigurationError` naming for everything that is wrong its path, what was found and what is expected.
 */
export function parseConfiguration<Schema extends z.ZodType>(
  schema: Schema,
  configuration: unknown,
  environment: Environment | null = process.env,
): z.output<Schema> {
  if (checked.has(configuration as object)) return configuration as z.output<Schema>;
  const substituted = environment === null ? configuration : withEnvironment(configuration, environment);
  const result = check(schema, substituted);
  if (!result.success) throw new ConfigurationError(issuesOf(result.error, substituted));
  const frozen = freeze(result.data);
  if (typeof frozen === 'object' && frozen !== null) checked.add(frozen);
  return frozen;
}

/**
 * The JSON Schema (draft 2020-12) of what a user may write.
 *
 * @example
 * ```ts
 * await writeFile('port.schema.json', JSON.stringify(jsonSchema(z.strictObject({ port: portNumber() }))));
 * ```
 */
export function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: node }) => {
      admitVariable(node);
      const { def } = zodSchema._zod;
      if (def.type === 'default' && isJson(def.defaultValue)) node.default = def.defaultValue;
    },
  });
}

/** Zod leaves out a default whose type is transformed, such as that of a number that may be text. */
function isJson(value: unknown): value is z.core.JSONSchema.JSONSchema['default'] {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Text of a certain form may also name an environment variable that has it. */
function admitVariable(node: z.core.JSONSchema.BaseSchema): void {
  // A form that has no pattern, such as that of a URL.
  if (node.format !== undefined && node.pattern === undefined) {
    node.anyOf = [{ format: node.format }, { pattern: variable.source }];
    delete node.format;
  }
  if (node.pattern !== undefined) node.pattern = `(?:${node.pattern})|${variable.source}`;
  if (node.enum !== undefined) {
    node.anyOf = [{ enum: node.enum }, { type: 'string', pattern: variable.source }];
    delete node.enum;
    delete node.type;
  }
}

/**
 * Freezes what is ours of a value, as deep as it goes: plain objects and lists. `console.log` shows it without secrets.
 *
 * @example
 * ```ts
 * const options = freeze({ limits: { bytes: 1024 } });
 * Object.isFrozen(options.limits); // true
 * ```
 */
export function freeze<Value>(value: Value): Value {
  if (Array.isArray(value) || isPlain(value)) {
    Object.values(value).forEach(freeze);
    // Also a part of a configuration, or an object that holds one, may be printed.
    if (!Array.isArray(value) && Object.isExtensible(value)) hideFromInspection(value);
    Object.freeze(value);
  }
  return value;
}
