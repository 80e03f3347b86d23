/** Asks the database what the words in code name there. Reads only; one question for all code. */
import type pg from 'pg'
import { readOnly } from '../catalog/catalog.ts'

export type Names = {
  /** Relations and types outside of Postgres' own schemas. */
  readonly relations: ReadonlySet<string>
  readonly types: ReadonlySet<string>
  readonly schemas: ReadonlySet<string>
  /** Functions outside of Postgres' own schemas; an extension's only where Postgres' own types would reach it. */
  readonly functions: ReadonlySet<string>
  /** Of those, what is in another schema than the tenants'. */
  readonly elsewhere: ReadonlySet<string>
  /** Operators likewise. */
  readonly operators: ReadonlySet<string>
  /** Functions of Postgres that are immutable in every form. */
  readonly immutable: ReadonlySet<string>
  readonly hasTextSearch: boolean
}

const own = `in ('pg_catalog', 'information_schema', 'pg_toast')`
const extension = (catalog: string, id: string) =>
  `exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${id} and e.deptype = 'e')`

const question = `
select 'relations' as kind, c.relname::text as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relname = any ($1) and c.relkind <> 'c' and n.nspname not ${own}
union
select 'types', t.typname::text
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where t.typname = any ($1) and n.nspname not ${own}
  and not exists (select from pg_class c where c.oid = t.typrelid and c.relkind <> 'c')
union
select 'schemas', n.nspname::text from pg_namespace n where n.nspname = any ($1)
union
select case when n.nspname = any ($3) then 'functions' else 'elsewhere' end, p.proname::text
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.proname = any ($1) and n.nspname not ${own} and (not ${extension('pg_proc', 'p.oid')} or not exists (
  select from unnest(p.proargtypes::oid[]) as a (type) join pg_type t on t.oid = a.type
  where t.typnamespace <> 'pg_catalog'::regnamespace
))
union
select 'operators', o.oprname::text
from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
where o.oprname = any ($2) and n.nspname not ${own} and (not ${extension('pg_operator', 'o.oid')} or not exists (
  select from pg_type t where t.oid in (o.oprleft, o.oprright) and t.typnamespace <> 'pg_catalog'::regnamespace
))
union
select 'immutable', p.proname::text
from pg_proc p where p.proname = any ($1) and p.pronamespace = 'pg_catalog'::regnamespace
group by p.proname having bool_and(p.provolatile = 'i')
union
select 'textSearch', '' where exists (select from pg_ts_config c where c.cfgnamespace <> 'pg_catalog'::regnamespace)`

/** @param words bare names @param operators symbols, as tokens give them @param tenants schemas */
export async function askNames(
  client: pg.ClientBase,
  words: ReadonlySet<string>,
  operators: ReadonlySet<string>,
  tenants: ReadonlySet<string>,
): Promise<Names> {
  // `=-1` is an equal sign and a minus.
  const symbols = [...operators].flatMap(text => [text, text.replace(/[-+]+$/, '')])
  const { rows } = await readOnly(client, () =>
    client.query<{ kind: string; name: string }>(question, [[...words], symbols, [...tenants]]),
  )
  const of = (kind: string) => new Set(rows.filter(row => row.kind === kind).map(({ name }) => name))
  return {
    relations: of('relations'),
    types: of('types'),
    schemas: of('schemas'),
    functions: new Set([...of('functions'), ...of('elsewhere')]),
    elsewhere: of('elsewhere'),
    operators: of('operators'),
    immutable: of('immutable'),
    hasTextSearch: of('textSearch').size > 0,
  }
}
