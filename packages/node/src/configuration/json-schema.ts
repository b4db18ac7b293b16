import { jsonSchema } from '@pgwamp/config';
import * as z from 'zod';
import { allClasses, customClassname } from './component-classes.ts';
import { type Side, schemaOfClass } from './component-schema.ts';
import { nodeSchema } from './node-schema.ts';

/** A JSON Schema with its definitions. */
interface JsonSchema {
  readonly $defs?: Record<string, object>;
  readonly [key: string]: unknown;
}

/** The JSON Schema of a node's configuration, including all components of pgwamp. */
export async function nodeJsonSchema(): Promise<JsonSchema> {
  const classes = await allClasses();
  const schema = jsonSchema(nodeSchema(new Map())) as JsonSchema;
  const $defs = { ...schema.$defs };
  for (const side of ['router', 'container'] as const) {
    const known = classes.map((it) => {
      const named = z.enum(it.names as [string, ...string[]]).describe(it.description);
      return jsonSchema(schemaOfClass(it, named, side));
    });
    $defs[`${side}-component`] = { anyOf: [...known, customComponent(side)].map(withoutDialect) };
  }
  return { ...schema, title: 'Node configuration of pgwamp', $defs };
}

/** A component of a user's class. */
function customComponent(side: Side): object {
  const pattern = customClassname.source.replaceAll(/\?<\w+>/g, '');
  const classname = { type: 'string', pattern, description: 'a class in a file: ./file.js:Export' };
  return {
    type: 'object',
    properties: {
      type: { const: 'class' },
      classname,
      realm: { type: 'string', description: 'the realm to join' },
    },
    required: side === 'router' ? ['classname', 'realm'] : ['classname', 'realm', 'transport'],
  };
}

function withoutDialect(schema: object): object {
  const { $schema: _, ...rest } = schema as JsonSchema;
  return rest;
}
