import { jsonSchema } from '@pgwamp/config';
import { componentSchema, sample } from '@pgwamp/harness/fixtures/component-schema';
import { expect } from 'chai';
import * as z from 'zod';

/** The generated JSON Schema, read back as a validator. */
function validator(): z.ZodType {
  return z.fromJSONSchema(jsonSchema(componentSchema) as Parameters<typeof z.fromJSONSchema>[0]);
}

describe('JSON Schema of a configuration', () => {
  it('is valid JSON of draft 2020-12', () => {
    const schema = jsonSchema(componentSchema);
    expect(schema).to.have.property('$schema', 'https://json-schema.org/draft/2020-12/schema');
    expect(JSON.parse(JSON.stringify(schema))).to.deep.equal(schema);
  });

  it('accepts all valid input, and does not require keys with a default', () => {
    expect(validator().safeParse(sample()).error).to.equal(undefined);
    const withUri = { ...sample(), extra: { database: { uri: 'postgres://crossbar@127.0.0.1/shop', ssl: true } } };
    expect(validator().safeParse(withUri).error).to.equal(undefined);
    const withPort = { ...sample(), extra: { database: { ...sample().extra.database, port: '5432' } } };
    expect(validator().safeParse(withPort).error).to.equal(undefined);
  });

  it('accepts names of environment variables instead of text with a format', () => {
    const database = { ...sample().extra.database, port: '$PGPORT' };
    const transport = { type: 'websocket', url: '$ROUTER_URL' };
    const configuration = { realm: '$REALM', transport, extra: { database, delivery: '$DELIVERY' } };
    expect(validator().safeParse(configuration).error).to.equal(undefined);
    const withUri = { ...sample(), extra: { database: { uri: '$DATABASE_URL' } } };
    expect(validator().safeParse(withUri).error).to.equal(undefined);
  });

  it('refuses unknown keys and wrong types', () => {
    expect(validator().safeParse({ ...sample(), surprise: 1 }).success).to.equal(false);
    expect(validator().safeParse({ ...sample(), realm: 5 }).success).to.equal(false);
    expect(validator().safeParse({ ...sample(), extra: {} }).success).to.equal(false);
    const pigeon = { ...sample(), extra: { ...sample().extra, delivery: 'pigeon' } };
    expect(validator().safeParse(pigeon).success).to.equal(false);
  });

  it('describes each key', () => {
    expect(JSON.stringify(jsonSchema(componentSchema))).to.include('milliseconds between two probes');
  });
});
