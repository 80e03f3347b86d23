/**
 * Whether every row will have an owner, found out before there is a column for it: rows for which a rule gives nothing,
 * values that name an organization which does not exist, references that would lead from one organization into another.
 * Reads.
 */
import type pg from 'pg'
import { RowhouseError } from '../../errors.ts'
import { ident, qualified } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { checkExpressions, evaluated } from './expressions.ts'
import { forManyRows } from './guesses.ts'
import type { ScopeFound } from './inspect.ts'
import { knownValues, type OwnerRules, ownerSql, searchPathOf, valuesOf } from './ownerSql.ts'
import { keyOf, placesOf } from './places.ts'
import type { Rule } from './plan.ts'
import type { ScopeDecision, ScopeSpec } from './spec.ts'

/** What is wrong with a table's rows. */
type Trouble = {
  readonly code: string
  readonly source: string
  readonly rule: string | null
  readonly what: string
  readonly hint: string
  readonly acceptable?: true
}

/**
 * @throws RowhouseError RH115 naming table, rule, how many rows and some of them; RH112, RH114 where an expression of
 *   the spec is none for Postgres
 */
export async function refuseUnowned(
  client: pg.ClientBase,
  found: ScopeFound,
  spec: ScopeSpec,
  path?: string,
): Promise<void> {
  const troubles = await findTroubles(client, found, spec, path)
  const [first] = troubles
  if (first === undefined) return
  throw new RowhouseError('RH115', {
    message: `not every row of database "${found.inspection.database}" would have its owner: ${troubles
      .map(({ source, rule, what }) => `${source}${rule === null ? '' : ` (${rule})`}: ${what}`)
      .join('; ')}`,
    hint: first.hint,
  })
}

/** The same as hazards, to be told beside the others. @throws RowhouseError RH112, RH114 */
export async function findUnowned(
  client: pg.ClientBase,
  found: ScopeFound,
  spec: ScopeSpec,
  path?: string,
): Promise<Hazard[]> {
  const troubles = await findTroubles(client, found, spec, path)
  return troubles.map(({ source, rule, what, ...trouble }) => ({
    ...trouble,
    object: source,
    table: source,
    detail: rule === null ? what : `${what}, by ${rule}`,
    blocks: true,
  }))
}

async function findTroubles(
  client: pg.ClientBase,
  found: ScopeFound,
  spec: ScopeSpec,
  path = 'tenancy.json5',
): Promise<Trouble[]> {
  const ruled = spec.tables.filter(({ scoped, rule }) => scoped && rule !== null)
  if (ruled.length === 0) return []
  const rules = rulesOf(found, spec)
  return readOnly(client, async () => {
    for (const setting of forManyRows) await client.query(setting)
    await client.query(searchPathOf(rules))
    const ask: Ask = async text => (await client.query(`${knownValues(rules)} ${text}`)).rows
    await checkExpressions(client, ruled, path)
    const troubles: Trouble[] = []
    for (const table of ruled) {
      const own = await troublesOf(table, rules, ask).catch(error => {
        throw evaluated(error, table, path)
      })
      troubles.push(...own)
    }
    return [...troubles, ...(await crossings(spec, rules, ask))]
  })
}

type Ask = (text: string) => Promise<Record<string, string | null>[]>

function rulesOf({ catalog }: ScopeFound, spec: ScopeSpec): OwnerRules {
  return {
    places: placesOf(catalog),
    rules: new Map(spec.tables.map(({ source, rule }) => [source, rule])),
    otherwise: new Set(spec.tables.filter(one => one.otherwiseDefault).map(({ source }) => source)),
    values: valuesOf([{ ...spec.defaultOrganization, match: [] }, ...spec.organizations]),
    defaultSlug: spec.defaultOrganization.slug,
  }
}

/** In words, as the spec writes it. */
const ruleText = (rule: Rule | null): string | null => {
  switch (rule?.by) {
    case 'column':
      return `column ${rule.column}`
    case 'sql':
      return `sql ${rule.expression}`
    case 'map':
      return `map ${rule.table.schema}.${rule.table.name} on ${rule.on}`
    case 'parent':
      return `parent ${rule.parent} on ${rule.columns.join(', ')}`
    case undefined:
      return null
  }
}

async function troublesOf(table: ScopeDecision, rules: OwnerRules, ask: Ask): Promise<Trouble[]> {
  const { source, rule } = table
  const said = JSON.stringify(source)
  const about = { source, rule: ruleText(rule) }
  const toDefault = `tables: { ${said}: { …, otherwise: 'default' } }`
  const troubles: Trouble[] = []
  if (rule?.by === 'map') {
    const map = qualified(rule.table.schema, rule.table.name)
    const key = `m.${ident(rule.key)}`
    const twice = await ask(
      `select ${key}::text as key from ${map} m group by m.${ident(rule.key)} having count(distinct m.${ident(rule.organization)}::text) > 1 order by 1 limit 5`,
    )
    if (twice.length > 0)
      troubles.push({
        ...about,
        code: 'two-organizations',
        what: `the map gives two organizations for ${list(twice.map(({ key: of }) => of))}`,
        hint: `let ${map} name one organization for each ${rule.key}`,
      })
  }
  if (table.otherwiseDefault) return troubles

  const place = rules.places.find(source)?.table
  const key = place ? keyOf(place) : []
  const from = `from ${ownerSql(source, key.length > 0 ? key : ['ctid'], rules)} q`
  const shown = (key.length > 0 ? key : ['ctid']).map((_, at) => `q.c${at}::text`).join(` || ', ' || `)
  // Rows whose parent has no owner are told there.
  const lacks = rule?.by === 'parent' ? 'q.found is null' : 'q.slug is null and q.value is null'
  const [nothing] = await ask(`select count(*) as rows ${from} where ${lacks}`)
  if (Number(nothing?.rows) > 0) {
    const order = (key.length > 0 ? key : ['ctid']).map((_, at) => `q.c${at}`).join(', ')
    const keys = await ask(`select ${shown} as key ${from} where ${lacks} order by ${order} limit 5`)
    troubles.push({
      ...about,
      code: 'no-owner',
      what: `${nothing?.rows} rows get no owner (${list(
        keys.map(({ key: of }) => of),
        Number(nothing?.rows),
      )})`,
      hint: `give them one, or leave them to the default organization: ${toDefault}`,
    })
  }
  if (rule?.by === 'parent') return troubles
  const strange = await ask(
    `select q.value, count(*) as rows, count(*) over () as values ${from} where q.slug is null and q.value is not null group by 1 order by 2 desc, 1 limit 5`,
  )
  const [most] = strange
  if (most !== undefined)
    troubles.push({
      ...about,
      code: 'unknown-organization',
      what: `names organizations that do not exist: ${list(
        strange.map(({ value, rows }) => `${JSON.stringify(value)}, ${rows} rows`),
        Number(most.values),
      )}`,
      hint: `add them: organizations: { …: { match: [${JSON.stringify(most.value)}] } }, or: ${toDefault}`,
    })
  return troubles
}

const list = (few: readonly (string | null | undefined)[], all = few.length): string =>
  `${few.join('; ')}${all > few.length ? '; …' : ''}`

/** Foreign keys between scoped tables whose rows would be two organizations'. */
async function crossings(spec: ScopeSpec, rules: OwnerRules, ask: Ask): Promise<Trouble[]> {
  const troubles: Trouble[] = []
  for (const { source, scoped, rule } of spec.tables) {
    const table = rules.places.find(source)?.table
    const code = `crossing-reference:${source}`
    if (!scoped || !table || spec.accept.some(one => one === code || one === 'crossing-reference')) continue
    for (const { columns, references } of table.constraints) {
      const to = references && rules.places.find(`${references.schema}.${references.table}`)?.source
      if (!references || !to || !spec.tables.some(one => one.source === to && one.scoped)) continue
      if (rule?.by === 'parent' && rule.parent === to && String(rule.columns) === String(columns)) continue
      const key = keyOf(table)
      const shown = key.length > 0 ? key.map((_, at) => `a.c${columns.length + at}::text`) : [`'?'`]
      const from = `from ${ownerSql(source, [...columns, ...key], rules)} a join ${ownerSql(to, references.columns, rules)} b on ${columns.map((_, at) => `a.c${at} = b.c${at}`).join(' and ')} where a.slug <> b.slug`
      const [count] = await ask(`select count(*) as rows ${from}`)
      if (Number(count?.rows) === 0) continue
      const keys = await ask(
        `select ${shown.join(` || ', ' || `)} as key ${from} order by ${
          [...columns, ...key]
            .map((_, at) => `a.c${at}`)
            .slice(columns.length)
            .join(', ') || '1'
        } limit 5`,
      )
      troubles.push({
        source,
        rule: null,
        code: 'crossing-reference',
        acceptable: true,
        what: `${count?.rows} rows would refer to another organization's row of ${to} by ${columns.join(', ')} (${list(
          keys.map(({ key: of }) => of),
          Number(count?.rows),
        )})`,
        hint: `mend the rows; or take them as they are, without keys that forbid it: accept: ['${code}']`,
      })
    }
  }
  return troubles
}
