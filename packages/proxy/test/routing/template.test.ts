import { Refused } from '@pgwamp/core';
import { unchanged } from '@pgwamp/core/internal/postgres';
import { expect } from 'chai';
import type { TableChange } from '../../src/formats/change.ts';
import { Template } from '../../src/routing/template.ts';
import { textTable } from '../support/source-messages.ts';

const table = textTable('shop', 'orders', 'id', 'tenant', 'note');
const transaction = { xid: 7, lsn: '0/2', at: new Date(0), microseconds: 0n };
const update: TableChange = {
  kind: 'update',
  transaction,
  table,
  new: ['7', 'acme', unchanged],
  key: ['6', null, null],
};

const of = { schema: 'shop', table: 'orders', action: 'update' };

const filled = (text: string, change?: TableChange) =>
  Template.compile(text).fill({
    id: '0/1/0',
    source: 'rows',
    channel: 'shop.orders',
    key: '7',
    ...(change && of),
    change,
  });

describe('Template', () => {
  it('has placeholders for the message, its table and its columns', () => {
    expect(filled('{source}/{channel}/{topic}/{key}/{id}')).to.equal('rows/shop.orders/shop.orders/7/0/1/0');
    expect(filled('{schema}.{table}.{action}', update)).to.equal('shop.orders.update');
    expect(filled('tenants.{row.tenant}.{row.id}.{old.id}', update)).to.equal('tenants.acme.7.6');
    expect(filled('{row.id}', { kind: 'delete', transaction, table, key: ['6', null, null] })).to.equal('6');
  });

  it('inserts a key with its separator, or nothing', () => {
    const withKey = (key: string) =>
      Template.compile('events{.key} events{/key}').fill({ id: '', source: '', channel: '', key });
    expect([withKey('a'), withKey('')]).to.deep.equal(['events.a events/a', 'events events']);
  });

  it('reads doubled braces as literal braces', () => {
    expect(filled('{{{key}}} {{key}}')).to.equal('{7} {key}');
  });

  it('refuses a message without a value for a placeholder, with the reason', () => {
    expect(() => filled('{row.nothing}', update)).to.throw(
      Refused,
      '{row.nothing}: table shop.orders has no such column',
    );
    expect(() => filled('{row.note}', update)).to.throw(
      Refused,
      '{row.note}: it is missing in the log, since it is TOASTed',
    );
    expect(() => filled('{old.tenant}', update)).to.throw(Refused, '{old.tenant}: it is NULL, or missing in the log');
    expect(() => filled('{schema}')).to.throw(Refused, '{schema}: the message contains no row');
  });

  it('reports syntax errors', () => {
    expect(() => Template.compile('{tabel}')).to.throw('unknown placeholder {tabel}; expected one of {id}');
    expect(() => Template.compile('a {b')).to.throw('the brace at character 3 has no counterpart');
    expect(() => Template.compile('{}')).to.throw('unknown placeholder {}');
  });
});
