/** Spec → the text of tenancy.json5, with comments that say what can be decided. */
import JSON5 from 'json5'
import type { Inspection } from '../inspect/inspect.ts'
import { pathText } from './doors.ts'
import type { Spec, TableDecision } from './spec.ts'

const value = (of: unknown) => JSON5.stringify(of, { quote: "'" })
const key = (name: string) => (/^[a-z_$][a-z0-9_$]*$/i.test(name) ? name : value(name))

/** The file that `inspect --write` makes: every decision spelled out, ready to be edited. */
export function specText(spec: Spec, inspection: Inspection): string {
  return `// How database "${inspection.database}" becomes organization-scoped. Written by inspection; edit what you would decide
// otherwise, then: rowhouse plan. A key that is left out has the value found by inspection; an unknown key is refused.
{
  kind: ${value(spec.kind)},

${
  spec.discover === null
    ? ''
    : `  // Where tenants are found: { registry, column, name }, { pattern: 'tenant_*' } or { schemas: […] }.
  discover: ${value(spec.discover)},

`
}  // Where the folded tables go. The core tables (organizations, users, …) go to core_schema.
  target_schema: ${value(spec.targetSchema)},
  core_schema: ${value(spec.coreSchema)},

  // The column that carries the organization on every folded table.
  scope_column: ${value(spec.scopeColumn)},

  // The graphile-migrate project that owns the rules afterwards.
  workspace: ${value(spec.workspace)},

  // How long the old schemas are to stay after a switch; complete drops them no sooner.
  keep_old_for: ${value(spec.keepOldFor)},

  // All ${spec.tenants.length} tenants are moved${inspection.registry ? ` (from ${inspection.registry.table})` : ''}. Name here what should differ:
  // ${key(spec.tenants[0]?.schema ?? 'acme')}: { name: ${value(spec.tenants[0]?.name ?? 'Acme')}, slug: ${value(spec.tenants[0]?.slug ?? 'acme')}, skip: false },
  tenants: {},

  // 'composite': ids stay, and are looked up inside the organization. 'renumber': ids that are unique over all, with a
  // map of old and new ones that is kept. Here for all tables; or with a table, for all that foreign keys connect with it.
  keys: ${value(spec.renumber ? 'renumber' : 'composite')},

  // Rows whose foreign key leads nowhere: 'quarantine' puts them, with what refers to them, into a table beside their own,
  // in a schema that no tenant reaches. 'keep' leaves them in place under a key that stays not valid. Or with a table.
  orphans: ${value(spec.orphans)},

  // Where ids become others, references that no foreign key checks: { to: 'orders' }, { type: 'owner_type', map: { Order:
  // 'orders', Note: null } }, { keys: { order_id: 'orders' } } inside jsonb, or 'accept': the values stay as they are.
  soft: ${indent(JSON5.stringify(spec.soft, { space: 2, quote: "'" }))},

  // to: the new table; leave: stays where it is; secret: columns that the API gets no right on. fall_through: what a
  // tenant without the table has of it: a 'copy' of the shared schema's rows, which it reads today, or nothing ('empty').
  // doors: 'members' (everybody reads, all but viewers write; the default), 'administrators' (owners and admins write),
  // 'private' (for owners and admins; people read what is about themselves, found along own). merge: ['code'] makes one
  // table of everybody's rows by that key, which every organization reads. global: [['email']] stays unique over all.
  tables: {
${spec.tables.map(table => `    ${key(table.source)}: ${decision(table, spec)},`).join('\n')}
  },

  // How rows of the old user table become users that can sign in. The table itself is folded as it is.
  // owner and admin name boolean columns; null where there is none. operator names one whose people may look across
  // organizations (db/README.md): null, nobody, unless you say so. merge: the same e-mail in several tenants is one
  // person. identities: null makes no users.
  identities: ${indent(JSON5.stringify(spec.identities, { space: 2, quote: "'" }))},
}
`
}

function decision(
  { target, secret, doors, own, keys, merge, global, orphans }: TableDecision,
  spec: Pick<Spec, 'orphans'>,
): string {
  if (target === null) return '{ leave: true }'
  return `{ ${[
    `to: ${value(`${target.schema}.${target.name}`)}`,
    ...(secret.length > 0 ? [`secret: ${value(secret)}`] : []),
    ...(doors === 'members' || merge !== null ? [] : [`doors: ${value(doors)}`]),
    ...(own === null || merge !== null ? [] : [`own: ${value(pathText(own))}`]),
    ...(keys === null ? [] : [`keys: ${value(keys)}`]),
    ...(orphans === spec.orphans ? [] : [`orphans: ${value(orphans)}`]),
    ...(merge === null ? [] : [`merge: ${value(merge)}`]),
    ...(global.length === 0 ? [] : [`global: ${value(global)}`]),
  ].join(', ')} }`
}

const indent = (text: string) => text.replaceAll('\n', '\n  ')
