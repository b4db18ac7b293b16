import * as z from 'zod';
import { type Environment, isPlain, variable, withEnvironment } from './environment.ts';
import { ConfigurationError } from './errors.ts';
import { check, issuesOf } from './issues.ts';
import { hideFromInspection } from './secrets.ts';

/** Validated configurations. They are frozen, so they cannot have changed since. */
const checked = new WeakSet<object>();

/**
 * Validates a configuration and freezes it. `console.log` shows it without its secrets. A configuration that was
 * validated before is returned as it is, because its values (a password, for example) may look like environment
 * variables.
 *
 * @example
 * ```ts
 * const schema = z.strictObject({ password: z.string(), timeout: milliseconds() });
 * parseConfiguration(schema, { password: '$PGPASSWORD', timeout: '5s' }, { PGPASSWORD: 'secret' });
 * // { password: 'secret', timeout: 5000 }, which console.log shows with a hidden password
 * ```
 *
 * @param schema the schema of the configuration.
 * @param configuration the configuration as the user wrote it. It is not changed.
 * @param environment values for strings like `$PGPASSWORD`. With null, strings are not replaced.
 * @throws `ConfigurationError` with the path, the found value and the expected value of each mistake.
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
 * Returns the JSON Schema (draft 2020-12) of the values that a user may write.
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

/** Zod omits a default if a transformation changes its type, such as the default of a number that may be text. */
function isJson(value: unknown): value is z.core.JSONSchema.JSONSchema['default'] {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Where text of a certain form is expected, the schema also accepts the name of an environment variable. */
function admitVariable(node: z.core.JSONSchema.BaseSchema): void {
  // A format without a pattern, such as the format of a URL.
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
 * Freezes plain objects and lists deeply. `console.log` shows them without secrets.
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
    // A part of a configuration may be printed too, and so may an object that contains one.
    if (!Array.isArray(value) && Object.isExtensible(value)) hideFromInspection(value);
    Object.freeze(value);
  }
  return value;
}
