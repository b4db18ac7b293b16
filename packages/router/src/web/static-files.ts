import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import sirv from 'sirv';
import { RouterOptionError } from '../errors.ts';
import { assertReads, type HttpService, sendText } from './http-service.ts';
import type { StaticService } from './web-options.ts';

/** Whether a path leads to a hidden file, or up; sirv would serve the one as it is. */
function isHidden(path: string): boolean {
  try {
    const parts = decodeURIComponent(path).split(/[/\\]/);
    return parts.some((part) => part.startsWith('.') && part !== '.well-known');
  } catch {
    // Not even an encoded path: nothing has that name.
    return true;
  }
}

/**
 * The files of a directory as they are when they are asked for; `index.html` for a folder, and none that begin with a
 * dot.
 *
 * @throws RouterOptionError if there is no such directory
 */
export function staticFiles({ directory }: StaticService, path: string): HttpService {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new RouterOptionError(`paths.${path}.directory: expected a directory, found ${JSON.stringify(directory)}`);
  }
  const serveFile = sirv(resolve(directory), { dev: true, etag: true });
  return {
    serve(request, response, rest) {
      if (!assertReads(request, response)) return;
      const refuse = () => sendText(response, 404, 'there is no such file\n');
      if (isHidden(rest)) {
        refuse();
        return;
      }
      // What the path service has taken is none of the directory's.
      request.url = rest;
      response.setHeader('x-content-type-options', 'nosniff');
      serveFile(request, response, refuse);
    },
  };
}
