import { differences } from './differences.ts';
import { scenarios } from './scenarios/index.ts';

/** The rows of the table in docs/router.md: what does not hold of Crossbar.io, where it shows, and why. */
export function differenceRows(): readonly string[] {
  return differences.map(({ scenario, libraries = [], serializers = [], reason }) => {
    const where = [...libraries, serializers.join(', ')].filter((words) => words !== '').join('; ');
    return `| ${scenario} | ${where} | ${reason} |`;
  });
}

/** The rows of the table in docs/router.md: what is not tried with a client library, and why. */
export function lackingRows(): readonly string[] {
  return scenarios.flatMap(({ name, lacking = {} }) =>
    Object.entries(lacking).map(([library, reason]) => `| ${name} | ${library.replace('|', '\\|')} | ${reason} |`),
  );
}
