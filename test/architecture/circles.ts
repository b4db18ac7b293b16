import { type SourceFile, targetOf } from './source-files.ts';

/**
 * The import circles among files, types included: each as the files that reach each other, in alphabetical order.
 * Tarjan's algorithm.
 */
export function circlesOf(files: readonly SourceFile[]): string[][] {
  const graph = new Map(files.map(({ path, imports }) => [path, targetsOf(path, imports)]));
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];

  const visit = (path: string): number => {
    const number = numbers.size;
    numbers.set(path, number);
    lowest.set(path, number);
    const depth = stack.push(path) - 1;
    for (const target of graph.get(path) ?? []) {
      if (!graph.has(target)) continue;
      const reached = numbers.has(target)
        ? stack.includes(target)
          ? (numbers.get(target) ?? 0)
          : number
        : visit(target);
      lowest.set(path, Math.min(lowest.get(path) ?? number, reached));
    }
    const low = lowest.get(path) ?? number;
    if (low === number) {
      const members = stack.splice(depth);
      if (members.length > 1) circles.push(members.toSorted());
    }
    return low;
  };

  for (const path of graph.keys()) if (!numbers.has(path)) visit(path);
  return circles;
}

function targetsOf(path: string, imports: readonly string[]): string[] {
  return imports.filter((specifier) => specifier.startsWith('.')).map((specifier) => targetOf(path, specifier));
}
