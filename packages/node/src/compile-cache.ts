import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Where Node.js keeps the compiled code of the command and of its workers from one start to the next: a folder of this user alone, since code
 * that others put there would be run. Undefined where there is no such folder, or `$NODE_COMPILE_CACHE` names another one.
 */
export function compileCacheFolder(): string | undefined {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME } = process.env;
  if (NODE_COMPILE_CACHE) return undefined;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'pgwamp');
  return HOME ? join(HOME, '.cache', 'pgwamp') : undefined;
}

/** Starts faster from the second time on. Where the folder cannot be written, everything is compiled as without it. */
export function useCompileCache(): void {
  const folder = compileCacheFolder();
  if (folder !== undefined) enableCompileCache(folder);
}
