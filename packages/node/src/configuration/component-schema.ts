import { check } from '@pgwamp/config';
import { transport } from '@pgwamp/core/internal/wamp';
import * as z from 'zod';
import { type ComponentClass, classnames, isClassname } from './component-classes.ts';

/** The loaded classes of a configuration, by name. */
export type ComponentClasses = ReadonlyMap<string, ComponentClass>;

/** The kind of worker of a component: in the process of a router, or in a container. */
export type Side = 'router' | 'container';

/** A checked component of a worker. */
export interface ComponentOptions {
  readonly id?: string | undefined;
  readonly classname: string;
  readonly realm?: string | undefined;
  readonly role?: string | undefined;
  readonly [key: string]: unknown;
}

const [webSocket, rawSocket] = transport.options;

/** The transport of a component to a router in another process. */
const routerTransport = z.discriminatedUnion('type', [webSocket, rawSocket], {
  error: 'an object with type "websocket" or "rawsocket"',
});

/** The schema of a component of a class. In the process of a router it has no transport, but may have a role. */
export function schemaOfClass({ configuration }: ComponentClass, classname: z.ZodType, side: Side): z.ZodObject {
  const whole = configuration.extend({
    id: z.string().min(1).optional().describe('name of the component, for logs and status'),
    type: z.literal('class').default('class').describe('as in a Crossbar.io node'),
    classname,
    ...(configuration.shape.extra && {
      extra: (configuration.shape.extra as z.ZodType).describe('options of the component'),
    }),
  });
  if (!('transport' in configuration.shape)) return whole;
  return side === 'router'
    ? whole.omit({ transport: true, authentication: true })
    : whole.omit({ role: true }).extend({ transport: routerTransport.describe('address of the router') });
}

/** The schema of any component; it depends on `classname`. */
export function componentSchema(classes: ComponentClasses, side: Side): z.ZodType<ComponentOptions> {
  const schemas = new Map([...classes].map(([name, it]) => [name, schemaOfClass(it, z.literal(name), side)]));
  const any = z.looseObject({
    classname: z.string().refine(isClassname, { error: `one of ${classnames.join(', ')}, or ./file.js:Export` }),
  });
  const chosen = z.unknown().transform((value, context): ComponentOptions => {
    const schema = schemas.get((value as { classname?: string } | null)?.classname ?? '') ?? any;
    const result = check(schema, value);
    if (result.success) return result.data as ComponentOptions;
    // The paths in issues of the inner schema start at the component; zod prepends the path of the component.
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as never);
    return z.NEVER;
  });
  return chosen.meta({ id: `${side}-component` });
}

/** The id of a component: the configured one, or its index in the worker. */
export function componentId({ id }: ComponentOptions, index: number): string {
  return id ?? `component-${index + 1}`;
}
