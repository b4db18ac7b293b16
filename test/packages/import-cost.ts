import type { Project } from './tarballs.ts';

/** Prints the URLs of all modules that an import of pgwamp loads. */
const modulesProgram = `
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
  await import('pgwamp');
  console.log(JSON.stringify(urls));
`;

/** Prints the milliseconds that importing the packages of the command line takes, those of the processor, and the bytes of memory. */
const costProgram = `
  const before = { time: performance.now(), cpu: process.cpuUsage(), rss: process.memoryUsage.rss() };
  await Promise.all(process.argv.slice(2).map((name) => import(name)));
  const time = performance.now() - before.time;
  const { user, system } = process.cpuUsage(before.cpu);
  const memory = process.memoryUsage.rss() - before.rss;
  console.log(JSON.stringify({ time, cpu: (user + system) / 1000, memory }));
`;

/** The cost of an import. */
export interface ImportCost {
  /** Milliseconds. */
  readonly time: number;
  /** Milliseconds of the processor. */
  readonly cpu: number;
  /** Bytes of resident memory. */
  readonly memory: number;
}

/** The npm packages of which an import of pgwamp loads modules, and how many modules it loads, those of Node.js left out. */
export async function modulesOfImport(project: Project): Promise<{ count: number; packages: string[] }> {
  await project.write('modules.mjs', modulesProgram);
  const urls: string[] = JSON.parse(await project.node('modules.mjs'));
  const files = urls.filter((url) => url.startsWith('file:'));
  const names = files.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? '');
  const foreign = new Set(names.filter((name) => name !== 'pgwamp' && !name.startsWith('@pgwamp/')));
  return { count: files.length, packages: [...foreign].toSorted() };
}

/**
 * The cost of importing pgwamp, and of importing its two drivers as the control. Each is the minimum of several runs in
 * turn, so that a busy machine slows both.
 *
 * @param executable of Node.js. Default: that of this process.
 */
export async function importCosts(
  project: Project,
  executable?: string,
): Promise<{ pgwamp: ImportCost; control: ImportCost }> {
  await project.write('cost.mjs', costProgram);
  const cost = async (...names: string[]): Promise<ImportCost> =>
    JSON.parse(await project.run(['cost.mjs', ...names], {}, executable));
  const [ours, theirs]: [ImportCost[], ImportCost[]] = [[], []];
  for (let turn = 0; turn < 7; turn += 1) {
    theirs.push(await cost('pg', 'ws'));
    ours.push(await cost('pgwamp'));
  }
  return { pgwamp: least(ours), control: least(theirs) };
}

function least(costs: readonly ImportCost[]): ImportCost {
  const leastOf = (what: keyof ImportCost) => Math.min(...costs.map((cost) => cost[what]));
  return { time: leastOf('time'), cpu: leastOf('cpu'), memory: leastOf('memory') };
}
