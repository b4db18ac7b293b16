import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { nodeJsonSchema } from '../../src/configuration/json-schema.ts';

/** Checks a configuration with the JSON Schema, like an editor. */
export async function nodeValidator(): Promise<ValidateFunction> {
  const formats = { uri: (text: string) => URL.canParse(text) };
  return new Ajv2020({ strict: false, allErrors: true, formats }).compile(await nodeJsonSchema());
}
