import { stringify } from '../json.ts';
import { misplacedArgument } from './invalid-argument.ts';
import type { Parameter } from './routine.ts';

/** What a parameter gets. */
export type Argument =
  | { readonly from: 'value'; readonly value: unknown }
  /** The positional arguments that are left for VARIADIC. */
  | { readonly from: 'rest'; readonly values: readonly unknown[] }
  /** Nothing was given. */
  | { readonly from: 'default' };

/** What errors call a parameter: its name, or its place as SQL has it. */
export function labelOf(parameters: readonly Parameter[], index: number): string {
  return parameters[index]?.name ?? `$${index + 1}`;
}

/**
 * Gives every parameter its argument: positional ones in order, the rest of them to VARIADIC, keywords by exact name.
 *
 * @param parameters those that take an argument, in order.
 * @throws `WampError` `wamp.error.invalid_argument` for too many, a keyword of no parameter, and what is given twice.
 */
export function distribute(
  parameters: readonly Parameter[],
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): Argument[] {
  refuseUnknown(parameters, kwargs);
  const last = parameters.at(-1);
  if (args.length > parameters.length && last?.mode !== 'variadic') throw tooMany(parameters, args.length);
  return parameters.map((parameter, index) => {
    const positional = index < args.length;
    const { name } = parameter;
    const keyword = name !== undefined && Object.hasOwn(kwargs, name);
    if (positional && keyword) throw misplacedArgument(name, 'given twice, by position and by keyword');
    if (keyword) return { from: 'value', value: kwargs[name] };
    if (!positional) return { from: 'default' };
    return parameter.mode === 'variadic'
      ? { from: 'rest', values: args.slice(index) }
      : { from: 'value', value: args[index] };
  });
}

function refuseUnknown(parameters: readonly Parameter[], kwargs: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(kwargs).find((key) => !parameters.some(({ name }) => name === key));
  if (unknown === undefined) return;
  throw misplacedArgument(brief(unknown), `there is no parameter of this name${listed(parameters)}`);
}

function tooMany(parameters: readonly Parameter[], count: number) {
  const expected = parameters.length === 1 ? '1 argument' : `${parameters.length} arguments`;
  return misplacedArgument(
    `$${parameters.length + 1}`,
    `expected at most ${expected}, found ${count}${listed(parameters)}`,
  );
}

function listed(parameters: readonly Parameter[]): string {
  const all = parameters.map(({ type }, index) => `${labelOf(parameters, index)} ${type.name}`);
  return all.length > 0 ? `: (${all.join(', ')})` : ': it takes none';
}

/** A keyword comes from outside, and may be anything. */
function brief(keyword: string): string {
  const text = stringify(keyword);
  return text.length > 100 ? `${text.slice(0, 100).toWellFormed()}...` : text;
}
