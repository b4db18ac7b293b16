import { differences } from '../../test/interop/differences.ts';
import { scenarios } from '../../test/interop/scenarios/index.ts';
import { renderTable } from '../markdown-table.ts';

const introduction = `# Differences between the router and Crossbar.io

The same scenarios run against the [router](router.md) of pgwamp and Crossbar.io 26.10.1, with AutobahnJS, Wampy.js and
Autobahn|Python, in all their serializers, over WebSocket and RawSocket. \`npm run crossbar\` installs Crossbar.io into \`.cache\`;
\`INTEROP=crossbar npm test -- test/interop/interop.test.ts\` runs the scenarios. \`npm run reference\` makes this page from them.
Everything that this page does not name is the same with both routers.
`;

/** docs/router-differences.md. */
export function differencesPage(): string {
  const differing = differences.map(({ scenario, libraries = [], serializers = [], reason }) => {
    const where = [...libraries, serializers.join(', ')].filter((words) => words !== '').join('; ');
    return [scenario, where, reason];
  });
  const leftOut = scenarios.flatMap(({ name, lacking = {} }) =>
    Object.entries(lacking).map(([library, reason]) => [name, library.replace('|', '\\|'), reason]),
  );
  return `${introduction}
## What Crossbar.io does otherwise

${renderTable([['what this router does', 'seen with', 'what Crossbar.io does'], ...differing])}
## What the client libraries cannot do

These scenarios are left out with these clients.

${renderTable([['what the router does', 'client', 'why it cannot be tried'], ...leftOut])}`;
}
