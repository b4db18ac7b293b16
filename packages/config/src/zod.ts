/**
 * Zod as one file: our published packages import it from here instead of as 95 modules.
 *
 * @module
 */
export * from 'zod';
