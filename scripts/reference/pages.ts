import { attacksPage } from './attacks.ts';
import { differencesPage } from './differences.ts';
import { functionsPage } from './functions.ts';
import { gatewayProtocolPage } from './gateway-protocol.ts';
import { optionsPage } from './options.ts';
import { statusPage } from './status.ts';
import { viewsPage } from './views.ts';

const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'options.md': optionsPage,
  'status.md': statusPage,
  'functions.md': functionsPage,
  'views.md': viewsPage,
  'pgwamp-v1.md': gatewayProtocolPage,
  'attacks.md': attacksPage,
  'router-differences.md': differencesPage,
};

/** The names of the pages of docs/ that are made of the sources as a whole. */
export const referenceNames: readonly string[] = Object.keys(pages);

/** The text of these pages by their names. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const made = Object.entries(pages).map(async ([name, make]) => [name, await make()] as const);
  return Object.fromEntries(await Promise.all(made));
}
