/**
 * Zod as one file. The published packages import it from here instead of loading 95 modules.
 *
 * @module
 */
export * from 'zod';
