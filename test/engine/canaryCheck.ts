/**
 * Whether every value of a sample's schema can be told from the other tenants': one sentence per column that
 * breaks the scheme of db/samples/README.md. Driven by the catalog, so that new tables and types are covered by themselves.
 */
import type pg from 'pg'
import {
  type Canary,
  canaryOf,
  nastyConstants,
  type Range,
  sharedEmail,
  withoutCanary,
} from '../../src/engine/sample/canary.ts'
import { ident, literal, qualified } from '../../src/postgres/identifiers.ts'

type Column = { readonly table: string; readonly column: string; readonly type: string }

/**
 * What is wrong in the schema of tenant `no`; empty when nothing is.
 * @param ownRows where tenants share the tables: SQL that is true for a row `t` of the tenant's in the table
 */
export async function canaryFaults(
  client: pg.Client,
  schema: string,
  no: number,
  ownRows: (table: string) => string = () => 'true',
): Promise<string[]> {
  const faults: string[] = []
  const types = await typesOf(client, schema)
  for (const { table, column, type } of await columnsOf(client, schema)) {
    if (withoutCanary.includes(`${table}.*`) || withoutCanary.includes(`${table}.${column}`)) continue
    const rule = ruleFor(type, ident(column), canaryOf(no), types)
    if (rule === undefined) {
      faults.push(`${table}.${column}: no canary is defined for ${type}`)
      continue
    }
    // Not `is not null`: a composite value with one attribute that is null is neither.
    const { rows } = await client.query<{ wrong: string }>(
      `select count(*) as wrong from ${qualified(schema, table)} as t
       where (${ownRows(table)}) and ${ident(column)} is distinct from null and (${rule}) is not true`,
    )
    if (rows[0]?.wrong !== '0') faults.push(`${table}.${column}: ${rows[0]?.wrong} rows`)
  }
  return faults
}

/** Every column that is neither a key nor a reference. */
export async function columnsOf(client: pg.Client, schema: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type
     from pg_class as c
     join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p')
       and not exists (
         select from pg_constraint as k
         where k.conrelid = c.oid and k.contype in ('p', 'f') and a.attnum = any (k.conkey)
       )
     order by 1, a.attnum`,
    [ident(schema)],
  )
  return rows
}

/** What a type of the schema's own is made of, by its name as `format_type` writes it. */
type OwnType =
  | { readonly kind: 'enum' }
  | { readonly kind: 'domain'; readonly base: string }
  | { readonly kind: 'composite'; readonly attributes: readonly { name: string; type: string }[] }

async function typesOf(client: pg.Client, schema: string): Promise<ReadonlyMap<string, OwnType>> {
  const { rows } = await client.query<{ name: string; type: OwnType }>(
    `select format_type(t.oid, null) as name,
       case t.typtype
         when 'e' then jsonb_build_object('kind', 'enum')
         when 'd' then jsonb_build_object('kind', 'domain', 'base', format_type(t.typbasetype, t.typtypmod))
         else jsonb_build_object('kind', 'composite', 'attributes', (
           select jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, atttypmod)))
           from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped
         ))
       end as type
     from pg_type as t left join pg_class as c on c.oid = t.typrelid
     where t.typnamespace = $1::regnamespace and (t.typtype in ('e', 'd') or c.relkind = 'c')`,
    [ident(schema)],
  )
  return new Map(rows.map(({ name, type }) => [name, type]))
}

/** SQL that is true for a good value of the column. */
function ruleFor(
  type: string,
  column: string,
  canary: Canary,
  types: ReadonlyMap<string, OwnType>,
): string | undefined {
  const own = types.get(type)
  if (own?.kind === 'enum') return 'true'
  if (own?.kind === 'domain') return ruleFor(own.base, column, canary, types)
  if (own?.kind === 'composite') {
    const rules = own.attributes.map(({ name, type: attribute }) => {
      const value = `(${column}).${ident(name)}`
      const rule = ruleFor(attribute, value, canary, types)
      return rule && `(${value} is null or ${rule})`
    })
    return rules.includes(undefined) ? undefined : rules.join(' and ')
  }
  if (type.endsWith('[]')) {
    const rule = ruleFor(type.slice(0, -2), 'one', canary, types)
    return (
      rule &&
      `(select coalesce(bool_and(${rule}), true) from unnest(${column}) as one where one is distinct from null)`
    )
  }
  // `numeric(9,6)` has room for the canary behind the point; others have it before.
  switch (/^numeric\(\d+,6\)$/.test(type) ? 'decimals' : type.replace(/\(\d+(,\d+)?\)/, '')) {
    case 'text':
    case 'character varying':
      return textRule(column, canary)
    case 'json':
    case 'jsonb':
      return jsonRule(column, canary)
    case 'smallint':
      return inRange(column, canary.smallNumbers)
    case 'integer':
    case 'bigint':
    case 'numeric':
      return `(${column} = 'NaN'::numeric or ${inRange(column, canary.numbers)})`
    case 'decimals':
    case 'double precision':
      return `(${column}::text ~ '(NaN|Infinity)$' or round(abs(${column})::numeric * 1000000) % 10000 = ${canary.decimals})`
    case 'timestamp with time zone':
    case 'timestamp without time zone':
      return `(not isfinite(${column}) or ${microseconds(column, canary)})`
    case 'interval':
      return microseconds(column, canary)
    case 'time without time zone':
      return `(${column} = '24:00' or ${microseconds(column, canary)})`
    case 'uuid':
      return `${column}::text like '${canary.uuid}%'`
    case 'inet':
      return `(${canary.networks.map(network => `${column} <<= '${network}'`).join(' or ')})`
    case 'bytea':
      return `(${column} = '' or encode(${column}, 'hex') like '${canary.hex}00%')`
    case 'boolean':
    case 'date':
    case 'daterange':
      return 'true'
    default:
      return undefined
  }
}

const textRule = (value: string, canary: Canary) =>
  `((${value} ~* ${literal(canary.pattern.source)} or ${value} in (${nastyConstants.map(literal).join(', ')})
     or lower(${value}) = ${literal(sharedEmail)} or ${value} ~ '^${canary.uuid}[0-9a-f-]{27}$') and ${value} !~* ${literal(canary.othersPattern.source)})`

const inRange = (value: string, { from, below }: Range) =>
  `(abs(${value}) >= ${from} and abs(${value}) < ${below})`

const microseconds = (value: string, canary: Canary) =>
  `extract(microseconds from ${value})::bigint % 1000000 = ${canary.microseconds}`

/** Every string and every number, however deep. */
function jsonRule(column: string, canary: Canary): string {
  const leaves = (kind: string, rule: string) =>
    `(select coalesce(bool_and(${rule}), true) from jsonb_path_query(${column}::jsonb, 'strict $.**') as leaf
      where jsonb_typeof(leaf) = '${kind}')`
  const strings = leaves('string', textRule(`(leaf #>> '{}')`, canary))
  return `${strings} and ${leaves('number', inRange('leaf::numeric', canary.numbers))}`
}
