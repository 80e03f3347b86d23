/**
 * What the tenants' tables use besides themselves: extensions, shared tables that foreign keys lead to, types and
 * functions of other schemas. In place it is there; on another server it must be made first, and is named before anything
 * starts. Reads only.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, qualified } from '../../postgres/identifiers.ts'
import { type Catalog, readOnly } from '../catalog/catalog.ts'
import type { Plan } from './plan.ts'
import { nameOf } from './targetTable.ts'

type Need = {
  readonly kind: string
  /** As regclass, regtype … read it. */
  readonly name: string
  /** Of the extension, where it is one. */
  readonly schema: string | null
}

/**
 * @param here the target's catalog, @param there the source's
 * @throws RowhouseError RH118
 */
export async function requireNeeds(
  target: pg.ClientBase,
  source: pg.ClientBase,
  { here, there, plan }: { here: Catalog; there: Catalog; plan: Plan },
): Promise<void> {
  const [from, to] = [there.server, here.server]
  if (from.encoding !== 'UTF8' || to.encoding !== 'UTF8') {
    throw new RowhouseError('RH118', {
      message: `database "${from.database}" is encoded in ${from.encoding} and database "${to.database}" in ${to.encoding}: both must be UTF8`,
      hint:
        to.encoding === 'UTF8'
          ? 'restore the source into a database of encoding UTF8 first, and fold that'
          : `createdb --template template0 --encoding UTF8 …`,
    })
  }
  const needs = await readNeeds(source, plan)
  const { rows: missing } = await readOnly(target, () => target.query<Need>(lacking, [JSON.stringify(needs)]))
  if (missing.length === 0) return
  const remedies = missing.map(({ kind, name, schema }) =>
    kind === 'extension'
      ? `create extension ${ident(name)} with schema ${ident(schema ?? 'public')};`
      : kind === 'table'
        ? `pg_dump --table='${name}' … | psql …  -- with its rows`
        : `make ${kind} ${name} as it is in the source`,
  )
  throw new RowhouseError('RH118', {
    message: `database "${to.database}" lacks what the tables use in database "${from.database}": ${missing
      .map(({ kind, name, schema }) => `${kind} ${name}${schema === null ? '' : ` in schema ${schema}`}`)
      .join(', ')}`,
    hint: `in database "${to.database}":\n${remedies.join('\n')}`,
  })
}

const readNeeds = (source: pg.ClientBase, { organizations, tables, coreSchema }: Plan): Promise<Need[]> =>
  readOnly(source, async () => {
    await source.query('set local enable_nestloop to off')
    const { rows } = await source.query<Need>(uses, [
      organizations.map(({ schema }) => schema),
      tables.map(table => table.source),
    ])
    const made = new Set([...tables.map(nameOf), qualified(coreSchema, 'organizations')])
    const referred = tables.flatMap(({ foreignKeys }) => foreignKeys.map(({ references }) => references))
    const shared = [...new Set(referred)].filter(name => !made.has(name)).sort()
    return [...rows, ...shared.map(name => ({ kind: 'table', name, schema: null }))]
  })

/** Followed one step from tables, indexes, constraints, defaults and types of the tenants; tables apart. */
const uses = `with tenant as (
  select oid from pg_namespace where nspname = any ($1)
), folded as (
  select c.oid from pg_class c join tenant on tenant.oid = c.relnamespace
  where (c.relname = any ($2) and c.relkind in ('r', 'p')) or c.relkind = 'c'
), type as (
  select t.oid from pg_type t join tenant on tenant.oid = t.typnamespace where t.typtype in ('d', 'r')
), object as (
  select 'pg_class'::regclass::oid as classid, oid as objid from folded
  union all select 'pg_class'::regclass, indexrelid from pg_index where indrelid in (select oid from folded)
  union all select 'pg_constraint'::regclass, oid from pg_constraint
    where conrelid in (select oid from folded) or contypid in (select oid from type)
  union all select 'pg_attrdef'::regclass, oid from pg_attrdef where adrelid in (select oid from folded)
  union all select 'pg_type'::regclass, oid from type
), used as (
  -- An array is its element's.
  select distinct d.refclassid, coalesce(nullif(t.typelem, 0), d.refobjid) as refobjid
  from object join pg_depend d using (classid, objid)
  left join pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid and t.typlen = -1
  where d.deptype in ('n', 'a')
), named as (
  select used.*, o.type as kind, o.schema, o.identity as name
  from used cross join lateral pg_identify_object(used.refclassid, used.refobjid, 0) o
)
select distinct
  case when e.oid is null then named.kind else 'extension' end as kind,
  case when e.oid is null then named.name else e.extname::text end as name,
  case when e.oid is not null then es.nspname::text end as schema
from named
left join pg_depend d on d.classid = named.refclassid and d.objid = named.refobjid and d.deptype = 'e'
left join pg_extension e on e.oid = d.refobjid
left join pg_namespace es on es.oid = e.extnamespace
where e.oid is not null
  or (named.schema <> 'pg_catalog' and named.kind in ('type', 'function', 'collation')
    and not exists (select from unnest($1::text[]) as own (schema) where quote_ident(own.schema) = named.schema))
order by 1, 2`

const lacking = `select need.kind, need.name, need.schema
from json_to_recordset($1::json) as need (kind text, name text, schema text)
where not case need.kind
  when 'extension' then exists (
    select from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = need.name and n.nspname = need.schema)
  when 'table' then to_regclass(need.name) is not null
  when 'type' then to_regtype(need.name) is not null
  when 'function' then to_regprocedure(need.name) is not null
  else to_regcollation(need.name) is not null end`
