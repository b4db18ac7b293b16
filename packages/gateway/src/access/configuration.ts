import * as z from 'zod';

const none = z.strictObject({ type: z.literal('none') });

/** `extra.auth`: how clients show who they are, and what they may listen to. */
export const auth = z
  .discriminatedUnion('type', [none], { error: 'an object with type "none"' })
  .prefault({ type: 'none' })
  .describe('how clients show who they are');
