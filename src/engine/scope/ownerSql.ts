/**
 * Whose a row will be, as SQL over the tables as they are now, before there is a scope column: rules of parents become
 * joins inside joins, which Postgres hashes. Pure.
 */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import type { Places } from './places.ts'
import type { Rule } from './plan.ts'
import type { ScopeFile } from './specFile.ts'

export type OwnerRules = {
  readonly places: Places
  readonly rules: ReadonlyMap<string, Rule | null>
  /** Tables whose rows are the default organization's where the rule gives nothing. */
  readonly otherwise: ReadonlySet<string>
  /** Text → slug: by what rules find organizations. */
  readonly values: ReadonlyMap<string, string>
  readonly defaultSlug: string
}

type Organizations = readonly { slug: string; name: string; match: readonly string[] }[]

/** The default organization and the others, as the file names them. */
export function organizationsOf(decided: ScopeFile): Organizations {
  const { slug = 'default-org', name = 'Default organization' } = decided.default_organization ?? {}
  return [
    { slug, name, match: [] },
    ...Object.entries(decided.organizations ?? {}).map(([slug, { name = slug, match = [] }]) => ({
      slug,
      name,
      match,
    })),
  ]
}

/** Texts that name an organization; `claimed` hears of those that name two. */
export function valuesOf(
  organizations: Organizations,
  claimed: (text: string, slugs: readonly string[]) => void = () => {},
): Map<string, string> {
  const values = new Map<string, string>()
  for (const { slug, name, match } of organizations) {
    for (const text of new Set([slug, name, ...match])) {
      const other = values.get(text)
      if (other === undefined) values.set(text, slug)
      else claimed(text, [other, slug])
    }
  }
  return values
}

/** A `with` that every query begins with which uses `ownerSql`. */
export const knownValues = ({ values }: OwnerRules): string =>
  `with known (value, slug) as (values ${[...values].map(([text, slug]) => `(${literal(text)}::text, ${literal(slug)}::text)`).join(', ')})`

/**
 * A relation in parentheses: the table's `columns` as c0, c1, …; `slug` of the owner, null where there is none;
 * `value`, the text that the table's own rule gave; `found`, whether there is a parent.
 */
export function ownerSql(source: string, columns: readonly string[], given: OwnerRules): string {
  const table = given.places.find(source)?.table
  const rule = given.rules.get(source) ?? null
  const home = literal(given.defaultSlug)
  const name = qualified(table?.schema ?? '', table?.name ?? '')
  const list = columns.map((column, at) => `t.${ident(column)} as c${at}, `).join('')
  const own = (slug: string) => (given.otherwise.has(source) ? `coalesce(${slug}, ${home})` : slug)
  const named = (value: string, from: string) =>
    `(select ${list}${own('v.slug')} as slug, ${value} as value, true as found from ${from} left join known v on v.value = ${value})`
  switch (rule?.by) {
    case undefined:
      return `(select ${list}${home} as slug, null::text as value, true as found from ${name} t)`
    case 'column':
      return named(`t.${ident(rule.column)}::text`, `${name} t`)
    case 'sql':
      return named(
        's.value',
        `${name} t cross join lateral (select (${rule.expression})::text as value offset 0) s`,
      )
    case 'map':
      return named(
        'm.value',
        `${name} t left join (select m.${ident(rule.key)} as key, min(m.${ident(rule.organization)}::text) as value from ${qualified(rule.table.schema, rule.table.name)} m group by 1) m on m.key = t.${ident(rule.on)}`,
      )
    case 'parent':
      return `(select ${list}${own('p.slug')} as slug, p.value, p.found from ${name} t left join ${ownerSql(rule.parent, rule.keys, given)} p on ${rule.columns.map((column, at) => `p.c${at} = t.${ident(column)}`).join(' and ')})`
  }
}

/** For expressions of the file: as the rule's function will have it. */
export const searchPathOf = ({ places }: Pick<OwnerRules, 'places'>): string =>
  `set local search_path to pg_catalog, ${[...new Set([places.main, ...places.all.map(({ table }) => table.schema)])].map(ident).join(', ')}, pg_temp`
