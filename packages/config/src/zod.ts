/**
 * The part of zod that pgwamp uses, as one file. The published packages import it from here instead of loading the 95
 * modules of zod.
 *
 * @module
 */
export {
  array,
  boolean,
  custom,
  discriminatedUnion,
  enum,
  int,
  literal,
  looseObject,
  NEVER,
  never,
  number,
  object,
  record,
  strictObject,
  string,
  toJSONSchema,
  union,
  unknown,
  url,
  ZodError,
} from 'zod';
