import { expect } from 'chai';
import { readArray, readComposite } from '../../src/formats/nested-text.ts';
import { openChangeLog } from '../support/change-log.ts';

describe('Text of arrays and composite values', () => {
  it('is parsed as PostgreSQL writes it', async () => {
    await using log = await openChangeLog();
    const items = [
      '',
      'a',
      'NULL',
      'null',
      'a,b',
      '{}',
      '(", \\',
      '"',
      '\\',
      ' ',
      'a"b',
      'ä€𝄞',
      '\n',
      '""',
      '\\"',
      null,
    ];
    const list = items.map((item) =>
      item === null ? 'NULL' : `E'${item.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}'`,
    );
    const [row] =
      await log.run(`SELECT ARRAY[${list.join(',')}]::text AS flat, ARRAY[ARRAY[${list.join(',')}], ARRAY[${list.join(',')}]]::text AS nested,
      '[5:7]={1,2,3}'::int[]::text AS bounds, '{}'::int[]::text AS empty, ROW(${list.join(',')})::text AS composite, ROW(NULL)::text AS one`);
    expect(readArray(String(row?.flat))).to.deep.equal(items);
    expect(readArray(String(row?.nested))).to.deep.equal([items, items]);
    expect(readArray(String(row?.bounds))).to.deep.equal(['1', '2', '3']);
    expect(readArray(String(row?.empty))).to.deep.equal([]);
    expect(readComposite(String(row?.composite))).to.deep.equal(items);
    expect(readComposite(String(row?.one))).to.deep.equal([null]);
  });
});
