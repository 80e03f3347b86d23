/** What a tenant's statement could name, read from the catalog: a new table, column or function is walked by itself. */
import type pg from 'pg'
import { literal } from '../../src/postgres/identifiers.ts'
import { rolesOf } from '../../src/postgres/roles.ts'
import { type Core, isCore } from './systems.ts'

export type Column = {
  readonly name: string
  /** As in a cast: `character varying(254)`. */
  readonly type: string
  readonly notNull: boolean
  /** Computed from other columns. */
  readonly generated: boolean
  /** Takes no value but the sequence's: `generated always as identity`. */
  readonly numbered: boolean
  readonly mayRead: boolean
  readonly mayInsert: boolean
  readonly mayUpdate: boolean
}

export type ForeignKey = {
  /** Without the scope column. */
  readonly columns: readonly string[]
  readonly target: string
  readonly targetColumns: readonly string[]
}

export type Table = {
  /** Quoted and qualified, as in SQL. */
  readonly name: string
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f'
  /** The house's own, and not the system's. */
  readonly core: boolean
  readonly columns: readonly Column[]
  /** The column that refers to the organization; undefined where a row belongs to none. */
  readonly scope: string | undefined
  /** The primary key without the scope column. */
  readonly key: readonly string[]
  /** Columns in any unique index, expressions and predicates included, without the scope column. */
  readonly unique: readonly string[]
  readonly foreignKeys: readonly ForeignKey[]
  /** Those of them that are unique by themselves. */
  readonly uniqueAlone: readonly string[]
  /** Its permissive policies as text: tables with the same doors open them to the same people. */
  readonly doors: string
  /** The visitor has a right on it or on one of its columns, and on its schema. */
  readonly reachable: boolean
}

export type Routine = {
  readonly name: string
  readonly arguments: readonly string[]
  readonly reachable: boolean
}

export type Catalog = {
  readonly core: Core
  readonly tables: readonly Table[]
  readonly routines: readonly Routine[]
  readonly sequences: readonly string[]
  readonly schemas: readonly string[]
  /** Roles that the visitor must not become: the house's others, Postgres' own, superusers. */
  readonly roles: readonly string[]
}

const { visitor: _visitor, authenticator: _authenticator, ...rest } = rolesOf('rowhouse')
const others = Object.values(rest).map(literal).join(', ')

const ours = `n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'`

/** Tables that other people may use than most: theirs are the doors to be tried by everybody. */
export function unlike(tables: readonly Table[]): ReadonlySet<string> {
  const walled = tables.filter(({ doors }) => doors !== '')
  const alike = Map.groupBy(walled, ({ doors }) => doors)
  const most = [...alike.values()].reduce((a, b) => (b.length > a.length ? b : a), [])
  return new Set(walled.filter(table => !most.includes(table)).map(({ name }) => name))
}

/** Its doors let a member see only what is about that member, or nothing. */
export const isPrivate = ({ doors }: Table): boolean => /\br \(/.test(doors)

export async function readCatalog(admin: pg.Client, visitor: string, core: Core): Promise<Catalog> {
  const organizations = literal(`${core.schema}.organizations`)
  const list = async <T>(sql: string): Promise<T[]> => {
    const { rows } = await admin.query<{ list: T[] | null }>(
      `select json_agg(x.one order by x.one::text) as list from (${sql}) x`,
    )
    return rows[0]?.list ?? []
  }
  const may = (right: string) => `has_column_privilege('${visitor}', c.oid, a.attnum, '${right}')`
  const tables = await list<Table>(`
    select json_build_object(
      'name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
      'reachable', has_schema_privilege('${visitor}', n.oid, 'usage')
        and (has_table_privilege('${visitor}', c.oid, 'select, insert, update, delete')
          or has_any_column_privilege('${visitor}', c.oid, 'select, insert, update')),
      'columns', (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
          'notNull', a.attnotnull, 'generated', a.attgenerated <> '',
          'numbered', a.attidentity = 'a', 'mayRead', ${may('select')}, 'mayInsert', ${may('insert')},
          'mayUpdate', ${may('update')}) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      'scope', s.scope,
      'key', coalesce((select json_agg(a.attname order by array_position(k.conkey, a.attnum))
        from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey)
        where k.conrelid = c.oid and k.contype = 'p' and (a.attname is distinct from s.scope or cardinality(k.conkey) = 1)), '[]'),
      'unique', coalesce((select json_agg(distinct a.attname)
        from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where i.indrelid = c.oid and i.indisunique and a.attname is distinct from s.scope
          and pg_get_indexdef(i.indexrelid) ~ ('[( ,]' || a.attname || '[) ,:]')), '[]'),
      'uniqueAlone', coalesce((select json_agg(distinct a.attname)
        from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
        where i.indrelid = c.oid and i.indisunique and a.attname is distinct from s.scope and i.indnkeyatts = (
          select count(*) from pg_attribute b where b.attrelid = c.oid and b.attnum = any (i.indkey::int2[])
            and b.attname in (a.attname, s.scope))), '[]'),
      'doors', coalesce((select string_agg(concat_ws(' ', p.polcmd, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)),
          ' ' order by p.polcmd, p.polname) from pg_policy p where p.polrelid = c.oid and p.polpermissive), ''),
      'foreignKeys', coalesce((select json_agg(json_build_object('target', format('%I.%I', tn.nspname, t.relname),
          'columns', (select json_agg(a.attname order by u.n) from unnest(k.conkey) with ordinality u (num, n)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num where a.attname is distinct from s.scope),
          'targetColumns', (select json_agg(b.attname order by u.n)
            from unnest(k.confkey, k.conkey) with ordinality u (num, own, n)
            join pg_attribute b on b.attrelid = t.oid and b.attnum = u.num
            join pg_attribute a on a.attrelid = c.oid and a.attnum = u.own where a.attname is distinct from s.scope)))
        from pg_constraint k join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
        where k.conrelid = c.oid and k.contype = 'f'
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum = any (k.conkey)
            and a.attname is distinct from s.scope)), '[]')) as one
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join lateral (
      select case when c.oid = ${organizations}::regclass then 'id' else (
        select a.attname from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
        where k.conrelid = c.oid and k.contype = 'f' and cardinality(k.conkey) = 1
          and k.confrelid = ${organizations}::regclass limit 1) end as scope
      -- What must outlive its organization refers to none.
      union all
      select p.scope_column from app_private.protected_tables p where p.schema_name = n.nspname and p.table_name = c.relname
      order by 1 limit 1) s on true
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${ours}`)
  const routines = await list<Routine>(`
    select json_build_object('name', format('%I.%I', n.nspname, f.proname),
      'arguments', coalesce((select json_agg(format_type(t, null) order by u.n)
        from unnest(f.proargtypes::oid[]) with ordinality u (t, n)), '[]'),
      'reachable', has_schema_privilege('${visitor}', n.oid, 'usage')
        and has_function_privilege('${visitor}', f.oid, 'execute')) as one
    from pg_proc f join pg_namespace n on n.oid = f.pronamespace
    where ${ours} and f.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)`)
  return {
    core,
    tables: tables.map(table => ({
      ...table,
      core: isCore(core, table.name),
      scope: table.scope ?? undefined,
    })),
    routines,
    sequences: await list<string>(`select to_json(format('%I.%I', n.nspname, c.relname)) as one
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'S' and ${ours}`),
    schemas: await list<string>(
      `select to_json(quote_ident(n.nspname)) as one from pg_namespace n where ${ours}`,
    ),
    roles: await list<string>(`select to_json(quote_ident(rolname)) as one from pg_roles
      where rolsuper or rolname like 'pg\\_%' or rolname = any (array[${others}])`),
  }
}
