import type { Parameter } from '../routines/routine.ts';
import { cut } from './brief.ts';
import { invalidArgument } from './invalid-argument.ts';

/** The argument of a parameter. */
export type Argument =
  | { readonly from: 'value'; readonly value: unknown }
  /** The remaining positional arguments, for VARIADIC. */
  | { readonly from: 'rest'; readonly values: readonly unknown[] }
  /** The argument is omitted. */
  | { readonly from: 'default' };

/** The name of a parameter for errors: its own name, or its position such as `$2`. */
export function labelOf(parameters: readonly Parameter[], index: number): string {
  return parameters[index]?.name ?? `$${index + 1}`;
}

/**
 * Assigns arguments to parameters: positional arguments in order, the remaining ones to VARIADIC, keywords by exact
 * name.
 *
 * @param parameters the input parameters, in order.
 * @throws `WampError` `wamp.error.invalid_argument` for too many arguments, an unknown keyword, or an argument given
 *   twice.
 */
export function distribute(
  parameters: readonly Parameter[],
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): Argument[] {
  refuseUnknown(parameters, kwargs);
  refuseSurplus(parameters, args);
  return parameters.map((parameter, index) => {
    const { name, type, mode } = parameter;
    const isKeyword = name !== undefined && Object.hasOwn(kwargs, name);
    if (isKeyword && index < args.length)
      throw invalidArgument(name, type.name, kwargs[name], 'it is given by position too');
    if (isKeyword) return { from: 'value', value: kwargs[name] };
    if (index >= args.length) return { from: 'default' };
    return mode === 'variadic' ? { from: 'rest', values: args.slice(index) } : { from: 'value', value: args[index] };
  });
}

function refuseUnknown(parameters: readonly Parameter[], kwargs: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(kwargs).find((key) => !parameters.some(({ name }) => name === key));
  if (unknown === undefined) return;
  throw invalidArgument(cut(unknown), 'no such keyword', kwargs[unknown], listed(parameters));
}

function refuseSurplus(parameters: readonly Parameter[], args: readonly unknown[]): void {
  const { length } = parameters;
  if (args.length <= length || parameters[length - 1]?.mode === 'variadic') return;
  throw invalidArgument(`$${length + 1}`, 'no further argument', args[length], listed(parameters));
}

function listed(parameters: readonly Parameter[]): string {
  const all = parameters.map(({ type }, index) => `${labelOf(parameters, index)} ${type.name}`);
  return all.length > 0 ? `the parameters are ${all.join(', ')}` : 'there are no parameters';
}
