import { copyFile, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** The one library that is published within ours: it is 95 modules, and each module that an import loads costs as much as a library. */
const bundled = 'zod';
/** The entry point by which the packages share it. */
const shared = '@pgwamp/config/internal/zod';

/** The used fields of a package.json. */
interface PackageManifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: string | Readonly<Record<string, string>> };
}

/** Files that processes are started with, by the names of their packages. */
const programs: Readonly<Record<string, readonly string[]>> = { pgwamp: ['./dist/workers/main.js'] };

/**
 * Makes the JavaScript of a package that is published: few files, of which each has what is loaded together. Comments and names
 * stay, so that stack traces can be read.
 *
 * @param folder the package's folder
 */
export async function bundle(folder: string): Promise<void> {
  const manifest: PackageManifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const isShared = manifest.name === packageOf(shared);
  await build({
    absWorkingDir: folder,
    entryPoints: entriesOf(manifest).map((entry) => entry.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')),
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    plugins: [externals(isShared), withoutTranslations, locations(folder)],
  });
  if (isShared)
    await copyFile(join(folder, 'node_modules', bundled, 'LICENSE'), join(folder, 'dist', `${bundled}-LICENSE.txt`));
}

/** The compiled files of a package that somebody loads by their names. */
function entriesOf({ name, bin = {}, publishConfig: { exports = {} } = {} }: PackageManifest): string[] {
  const exported = typeof exports === 'string' ? [exports] : Object.values(exports);
  const files = [...exported, ...Object.values(bin), ...(programs[name] ?? [])];
  return files.filter((file) => file.startsWith('./dist/') && file.endsWith('.js'));
}

function packageOf(specifier: string): string {
  return specifier.split('/', 2).join('/');
}

/** Leaves every package out but the one that is bundled, which comes from the package that has it. */
function externals(isShared: boolean): Plugin {
  return {
    name: 'externals',
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === 'entry-point') return undefined;
        if (path !== bundled) return { path, external: true };
        return isShared ? undefined : { path: shared, external: true };
      });
    },
  };
}

/** Half of the library are its messages in other languages, which nothing of ours asks for. */
const withoutTranslations: Plugin = {
  name: 'without translations',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    }));
  },
};

/** A module finds files beside it by where it would be if it were compiled alone. */
function locations(folder: string): Plugin {
  return {
    name: 'locations',
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const place = posix.join(...relative(join(folder, 'src'), path).split(sep)).replace(/\.ts$/, '.js');
        const url = `(import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/')) + '/dist/${place}')`;
        return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
      });
    },
  };
}
