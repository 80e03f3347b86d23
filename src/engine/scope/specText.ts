/** Decisions for one customer's database → the text of tenancy.json5, with comments that say what can be decided. */
import JSON5 from 'json5'
import { slugOf } from '../spec/naming.ts'
import type { ScopeInspection, ScopeTable } from './inspect.ts'
import { pathText } from './paths.ts'
import type { Rule } from './plan.ts'
import type { OwnerColumn } from './proposal.ts'
import type { ScopeDecision, ScopeSpec } from './spec.ts'

/** On one line, with room between: `{ column: 'company' }`. */
function value(of: unknown): string {
  if (Array.isArray(of)) return `[${of.map(value).join(', ')}]`
  if (typeof of !== 'object' || of === null) return JSON5.stringify(of, { quote: "'" })
  return `{ ${Object.entries(of)
    .map(([name, inside]) => `${key(name)}: ${value(inside)}`)
    .join(', ')} }`
}
const key = (name: string) => (/^[a-z_$][a-z0-9_$]*$/i.test(name) ? name : value(name))
/** In a comment: one line. */
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

/** The file that `inspect --write` makes: it reads back as the same decisions, and proposes the rest in comments. */
export function scopeText(spec: ScopeSpec, inspection: ScopeInspection): string {
  const isRuled = spec.tables.some(({ rule }) => rule !== null)
  const found = new Map(inspection.tables.map(table => [table.source, table]))
  // In the order in which owners are found; what has none comes last.
  const scoped = spec.tables.filter(table => table.scoped)
  const rest = spec.tables.filter(table => !table.scoped)
  return `// How database "${oneLine(inspection.database)}" becomes organization-scoped, in place. Written by inspection; edit what you would
// decide otherwise, then: rowhouse plan. A key that is left out has the value found by inspection; an unknown key is
// refused.
{
  kind: 'single',

  // The column that carries the organization on every scoped table.
  scope_column: ${value(spec.scopeColumn)},

  // Where the core tables go (organizations, users, …).
  core_schema: ${value(spec.coreSchema)},

  // The graphile-migrate project that owns the rules afterwards.
  workspace: ${value(spec.workspace)},

  // Whose rows need no rule: ${isRuled ? 'those that no other organization owns' : 'all of them, until a table below has an owner'}.
  default_organization: ${value(spec.defaultOrganization)},

  // The others, by slug. A rule finds them by slug, by name, or by what match lists: the exact text.
  organizations: {${organizations(spec)}${isRuled || spec.organizations.length > 0 ? '' : proposedOrganizations(inspection)}
  },

  // The table that owners are people or accounts of: rows of the others find their owner along the references to it.${spec.root === null ? '\n  // None was found; name it, or the tables that are to be scoped.\n  // root: …,' : `\n  root: ${value(spec.root)},`}

  // scope: false stays everybody's: approve each. owner says how rows find their organization, one way of
  //   { column: 'company' }                                  the column's text names it
  //   { sql: "split_part(t.email, '@', 2)" }                 an expression over the row t does
  //   { map: 'domains', on: 'domain', key: 'name', organization: 'company' }     a table that is looked up does
  //   { parent: 'uploads', on: 'upload_id' }                 it is the owner of the row that is referred to
  //   null                                                   the default organization
  // ${isRuled ? 'Left out: that of the parent that inspection proposes.' : 'As soon as one table has an owner of its own, the others follow the parents that are proposed.'}
  // otherwise: 'default' leaves rows without an owner to the default organization; without it they are refused.
  // secret: columns that the API gets no right on. doors: 'members' (everybody reads, all but viewers write; the
  // default) or 'administrators' (owners and admins write). global: unique keys that stay unique across organizations.
  tables: {
${[...scoped, ...rest].map(table => entry(table, found.get(table.source), isRuled, inspection)).join('\n')}
  },

  // Whether references are also made through the scope column, so that no row can point into another organization.
  composite_keys: ${spec.compositeKeys},

  // Hazards that block and are taken as they are: 'code', or 'code:object' as rowhouse inspect names them.
  accept: ${value(spec.accept)},

  // How rows of the old user table become users that can sign in. owner and admin name boolean columns; operator one
  // whose people may look across organizations: null, nobody, unless you say so. identities: null makes no users.
  identities: ${indent(JSON5.stringify(withoutMerge(spec.identities), { space: 2, quote: "'" }))},
}
`
}

const withoutMerge = (identities: ScopeSpec['identities']) => {
  if (identities === null) return null
  const { merge: _, ...rest } = identities
  return rest
}

const indent = (text: string) => text.replaceAll('\n', '\n  ')

const organizations = ({ organizations: all }: ScopeSpec): string =>
  all
    .map(
      ({ slug, name, match }) =>
        `\n    ${key(slug)}: ${value({ name, ...(match.length > 0 ? { match } : {}) })},`,
    )
    .join('')

function entry(
  { source, scoped, rule, otherwiseDefault, secret, doors, global }: ScopeDecision,
  found: ScopeTable | undefined,
  isRuled: boolean,
  { ownerColumn, root }: ScopeInspection,
): string {
  const keys = scoped
    ? [
        'scope: true',
        ...(isRuled ? [`owner: ${ruleText(rule)}`] : []),
        ...(otherwiseDefault ? ["otherwise: 'default'"] : []),
        `secret: ${value(secret)}`,
        `doors: ${value(doors)}`,
        ...(global.length > 0 ? [`global: ${value(global)}`] : []),
      ]
    : ['scope: false']
  const notes =
    found === undefined ? [] : remarks(found, isRuled, root).map(text => `    // ${oneLine(text)}`)
  const isProposed = scoped && !isRuled && source === root && ownerColumn !== null && !ownerColumn.tooMany
  if (!isProposed) return [...notes, `    ${key(source)}: { ${keys.join(', ')} },`].join('\n')
  const { column, empty } = ownerColumn
  return [
    ...notes,
    `    ${key(source)}: {`,
    `      // owner: ${value({ column })},`,
    ...(empty > 0 ? [`      // otherwise: 'default', // ${empty} rows have none`] : []),
    ...keys.map(text => `      ${text},`),
    '    },',
  ].join('\n')
}

function remarks(
  { class: kind, path, candidates, rows }: ScopeTable,
  isRuled: boolean,
  root: string | null,
): string[] {
  const [, ...others] = candidates
  return [
    ...(path.length > 0 && !isRuled ? [`about ${rows} rows, along ${pathText(path)}`] : []),
    ...(kind === 'global' ? [`about ${rows} rows; no way leads from it to the root`] : []),
    ...(kind === 'framework' ? ["the framework's own"] : []),
    ...others.map(
      ({ path: other, roots, owners }) =>
        `also ${pathText(other)}: ${(owners ?? roots) === 0 ? 'always the same owner' : owners === null ? `another of ${root} for ${roots} rows; decide which way holds, if that is another owner` : `another owner for ${owners} rows; decide which way holds`}`,
    ),
  ]
}

function ruleText(rule: Rule | null): string {
  switch (rule?.by) {
    case undefined:
      return 'null'
    case 'column':
      return value({ column: rule.column })
    case 'sql':
      return value({ sql: rule.expression })
    case 'map':
      return value({
        map: `${rule.table.schema}.${rule.table.name}`,
        on: rule.on,
        key: rule.key,
        organization: rule.organization,
      })
    case 'parent':
      return value({
        parent: rule.parent,
        on: rule.columns.length === 1 ? rule.columns[0] : rule.columns,
      })
  }
}

/** What the root's column names, ready to be approved by taking the slashes away. */
function proposedOrganizations({ ownerColumn, root }: ScopeInspection): string {
  if (ownerColumn === null) return ''
  const { column, tooMany } = ownerColumn
  if (tooMany)
    return `\n    // ${root}.${column} may say whose rows are: it has more values than can be approved here.`
  return [
    `\n    // ${root}.${column} names these. Take the slashes away to approve, here and at ${root} below.`,
    ...proposals(ownerColumn).map(
      ({ slug, name, match, rows }) =>
        `    // ${key(slug)}: ${oneLine(value({ name, ...(match.length > 0 ? { match } : {}) }))}, // ${rows} rows${match.length > 0 ? '; written in several ways: the same?' : ''}`,
    ),
  ].join('\n')
}

type Proposal = { slug: string; name: string; match: string[]; rows: number }

/** One organization per slug: what differs only in case or punctuation is likely one, and is shown as one. */
function proposals({ values }: Pick<OwnerColumn, 'values'>): Proposal[] {
  const bySlug = new Map<string, Proposal>()
  for (const { value: name, rows } of values) {
    const slug = slugOf(name)
    const known = bySlug.get(slug)
    if (known === undefined) bySlug.set(slug, { slug, name, match: [], rows })
    else {
      known.match.push(name)
      known.rows += rows
    }
  }
  return [...bySlug.values()].sort((a, b) => (a.slug < b.slug ? -1 : 1))
}
