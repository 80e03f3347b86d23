/** Unique keys and foreign keys between organizations. */
import { ident, literal } from '../../../src/postgres/identifiers.ts'
import type { Column, Table } from '../catalog.ts'
import { aboutIts, type Mutant } from './mutant.ts'

const widthOf = (columns: readonly Column[], name: string): string =>
  /\((\d+)\)/.exec(columns.find(column => column.name === name)?.type ?? '')?.[1] ?? '32'

/** Keys that forget the scope column, where the rows allow one. */
export function keys(
  { name, uniqueAlone, columns, foreignKeys }: Table,
  planted: ReadonlySet<string>,
): Mutant[] {
  const focus = aboutIts(name, /insert|upsert| to /)
  const given = uniqueAlone.filter(one =>
    columns.some(column => column.name === one && column.mayInsert && /^(char|text)/.test(column.type)),
  )
  return [
    ...given.map(one => ({
      kind: 'unique in the world',
      name: `${name}: ${one} unique in the world`,
      sql: [
        // Some values are in several organizations on purpose.
        `update ${name} t set ${ident(one)} = left(md5(t.ctid::text), ${widthOf(columns, one)}) where exists (select from ${name} o
           where lower(o.${ident(one)}) = lower(t.${ident(one)}) and o.ctid <> t.ctid)`,
        `create unique index on ${name} (${ident(one)})`,
      ],
      focus,
    })),
    ...foreignKeys
      .filter(one => one.columns.length === 1 && planted.has(one.target))
      .filter(one => columns.some(({ name: own, mayInsert }) => own === one.columns[0] && mayInsert))
      .map(({ columns: [own], target, targetColumns: [theirs] }) => ({
        kind: 'reference without scope',
        name: `${name}: ${own} to ${target} without scope`,
        sql: [
          `do $$ declare k name; begin for k in select conname from pg_constraint c where conrelid = ${literal(name)}::regclass
           and contype = 'f' and confrelid = ${literal(target)}::regclass and exists (select from pg_attribute
             where attrelid = conrelid and attnum = any (conkey) and attname = ${literal(own as string)})
         loop execute format('alter table ${name} drop constraint %I', k); end loop; end $$`,
          // Ids collide, so a key of the id alone is an exclusion of nothing: what such a foreign key lets through is this.
          `create or replace function app_private.looks_up() returns trigger language plpgsql security definer as $$ begin
           if to_jsonb(new) ->> ${literal(own as string)} is not null and not exists (select from ${target}
             where ${ident(theirs as string)}::text = to_jsonb(new) ->> ${literal(own as string)}) then
             raise foreign_key_violation; end if; return new; end $$`,
          `create trigger looks_up before insert or update on ${name} for each row execute function app_private.looks_up()`,
        ],
        focus,
      })),
  ]
}
