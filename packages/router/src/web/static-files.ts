import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import sirv from 'sirv';
import { RouterOptionError } from '../errors.ts';
import { assertReads, type HttpService, sendText } from './http-service.ts';
import type { StaticService } from './web-options.ts';

/** Whether a path leads to a hidden file or to a parent folder; sirv would serve a hidden file. */
function isHidden(path: string): boolean {
  try {
    const parts = decodeURIComponent(path).split(/[/\\]/);
    return parts.some((part) => part.startsWith('.') && part !== '.well-known');
  } catch {
    // The path is not validly encoded, so no file has that name.
    return true;
  }
}

/**
 * Serves the current files of a directory: `index.html` for a folder, and no files whose names begin with a dot.
 *
 * @throws RouterOptionError if the directory does not exist
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
      // The path of the service is not part of the path in the directory.
      request.url = rest;
      response.setHeader('x-content-type-options', 'nosniff');
      serveFile(request, response, refuse);
    },
  };
}
