import { check, issuesOf, issuesText } from '@pgwamp/config';
import * as z from 'zod';
import { CommandError } from '../errors.ts';

const flag = z.boolean().optional();
const sessions = z.array(z.int().min(1)).optional();
const names = z.array(z.string()).optional();

/** The options of PUBLISH, as in `crossbar.publish`. */
const publishOptions = z.strictObject({
  /** The command waits for the acknowledgement in any case. */
  acknowledge: z.literal(true).optional(),
  exclude_me: flag,
  disclose_me: flag,
  retain: flag,
  exclude: sessions,
  exclude_authid: names,
  exclude_authrole: names,
  eligible: sessions,
  eligible_authid: names,
  eligible_authrole: names,
});

/**
 * Checks the options of PUBLISH, since a router ignores an unknown one.
 *
 * @throws `CommandError` with all mistakes.
 */
export function checkPublishOptions(options: Readonly<Record<string, unknown>>): void {
  const { error } = check(publishOptions, options);
  if (error) throw new CommandError(`--options: ${issuesText(issuesOf(error, options))}`);
}
