import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * The folder of Node.js's compile cache for the command and its workers. Only this user may write to it, since its code
 * is executed. Undefined if there is no such folder, or if `$NODE_COMPILE_CACHE` names another one.
 */
export function compileCacheFolder(): string | undefined {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME } = process.env;
  if (NODE_COMPILE_CACHE) return undefined;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'pgwamp');
  return HOME ? join(HOME, '.cache', 'pgwamp') : undefined;
}

/**
 * Enables the compile cache, which speeds up every start after the first. If the folder is not writable, nothing is
 * cached.
 */
export function useCompileCache(): void {
  const folder = compileCacheFolder();
  if (folder !== undefined) enableCompileCache(folder);
}
