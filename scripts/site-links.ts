import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A link of a web site that leads nowhere. */
export interface BrokenLink {
  /** The page that has it, from the top of the site. */
  readonly page: string;
  readonly link: string;
  readonly fault: 'no such file' | 'no such anchor';
}

/** The links within a folder of static pages that lead nowhere, and how many there are in all. */
export function checkLinks(site: string): { readonly links: number; readonly broken: readonly BrokenLink[] } {
  const pages = new Map(
    globSync('**/*.html', { cwd: site }).map((page) => [page, readFileSync(join(site, page), 'utf8')] as const),
  );
  const anchors = new Map<string, ReadonlySet<string>>();
  const anchorsOf = (page: string) => {
    const known = anchors.get(page);
    if (known) return known;
    const found = new Set([...(pages.get(page) ?? '').matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id));
    anchors.set(page, found);
    return found;
  };
  const broken: BrokenLink[] = [];
  let links = 0;
  for (const [page, html] of pages) {
    for (const [, link = ''] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      if (/^(?:[a-z]+:|\/\/|#?$)/.test(link)) continue;
      links += 1;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path.replace(/\?.*$/, ''))));
      if (!existsSync(join(site, target))) broken.push({ page, link, fault: 'no such file' });
      else if (anchor && pages.has(target) && !anchorsOf(target).has(decodeURIComponent(anchor))) {
        broken.push({ page, link, fault: 'no such anchor' });
      }
    }
  }
  return { links, broken };
}
