import type { GuestOptions } from '../configuration/node-schema.ts';

/** The environment variables of a worker: those inherited from the node, and its own. */
export function environmentOf({ inherit, vars }: GuestOptions['options']['env']): NodeJS.ProcessEnv {
  if (inherit === true) return { ...process.env, ...vars };
  const names = inherit === false ? [] : inherit;
  return { ...Object.fromEntries(names.map((name) => [name, process.env[name]])), ...vars };
}
