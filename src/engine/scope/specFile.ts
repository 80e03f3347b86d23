/** The shape of tenancy.json5 for one customer's database (`kind: 'single'`). Every key but kind may be left out. */
import { z } from 'zod'
import { identityColumns } from '../spec/identitiesFile.ts'

const name = z.string().min(1).max(63)
const slug = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/, 'must be lowercase letters, digits, - and _')

/** How rows find their organization; exactly one way. */
const owner = z.union([
  z.strictObject({ column: name }),
  z.strictObject({ sql: z.string().min(1) }),
  z.strictObject({ map: z.string().min(1), on: name, key: name, organization: name }),
  z.strictObject({ parent: z.string().min(1), on: z.union([name, z.array(name).min(1)]) }),
])

export const scopeFile = z.strictObject({
  kind: z.literal('single'),
  scope_column: name.optional(),
  core_schema: name.optional(),
  workspace: z.string().min(1).optional(),
  /** Whose rows need no rule. */
  default_organization: z
    .strictObject({ slug: slug.optional(), name: z.string().min(1).optional() })
    .optional(),
  /** The others, by slug; match: what rules find them by, beside slug and name. */
  organizations: z
    .record(
      slug,
      z.strictObject({
        name: z.string().min(1).optional(),
        match: z.array(z.string().min(1)).optional(),
      }),
    )
    .optional(),
  /** The table that owners are people or accounts of; rows of other tables find theirs along foreign keys to it. */
  root: z.string().min(1).optional(),
  tables: z
    .record(
      z.string(),
      z.strictObject({
        /** False: stays everybody's. */
        scope: z.boolean().optional(),
        owner: owner.nullable().optional(),
        /** Rows for which the rule gives nothing. */
        otherwise: z.literal('default').optional(),
        secret: z.array(name).optional(),
        doors: z.enum(['members', 'administrators']).optional(),
        /** Unique keys, by their columns, that stay unique across organizations. */
        global: z.array(z.array(name).min(1)).optional(),
      }),
    )
    .optional(),
  /** Whether references are also made through the scope column, so that no row can point into another organization. */
  composite_keys: z.boolean().optional(),
  /** Hazards that block and are taken as they are: `code`, or `code:object`. */
  accept: z.array(z.string().min(1)).optional(),
  identities: z
    .strictObject({
      table: z.string().min(1),
      ...identityColumns,
    })
    .nullable()
    .optional(),
})

export type ScopeFile = z.infer<typeof scopeFile>
