import { differencesPage } from './differences.ts';
import { optionsPage } from './options.ts';
import { statusPage } from './status.ts';
import { viewsPage } from './views.ts';

/** The pages of docs/ that are made of the sources as a whole: their text by their names. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    'options.md': optionsPage(),
    'status.md': await statusPage(),
    'views.md': viewsPage(),
    'router-differences.md': differencesPage(),
  };
}
