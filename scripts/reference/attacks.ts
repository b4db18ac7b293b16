import { attacks } from '../../test/security/attacks.ts';
import { renderTable } from '../markdown-table.ts';

const introduction = `# Attacks that are tests

Each line is an attack on pgwamp, and the beginning of the name of a test that fails when the attack succeeds. [Security](security.md) has
the threat model. \`npm run reference\` makes this page from \`test/security/attacks.ts\`.
`;

/** docs/attacks.md. */
export function attacksPage(): string {
  const rows = attacks.map(({ attack, file, test }) => [attack, `\`${file}\``, test]);
  return `${introduction}\n${renderTable([['attack', 'file', 'test'], ...rows])}`;
}
