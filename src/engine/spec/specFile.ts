/** tenancy.json5 → SpecFile: parsed and checked as a whole; unknown keys are refused, all errors reported together. */
import { readFile } from 'node:fs/promises'
import JSON5 from 'json5'
import { z } from 'zod'
import { RowhouseError } from '../../errors.ts'
import { type ScopeFile, scopeFile } from '../scope/specFile.ts'
import { identityColumns } from './identitiesFile.ts'

const name = z.string().min(1).max(63)

/** The file's shape. Every key may be left out. */
const file = z.strictObject({
  // The other kind is scope/specFile.ts.
  kind: z.literal('schemas', "must be 'schemas' or 'single'").optional(),
  discover: z
    .union([
      z.strictObject({ registry: z.string().min(1), column: name.optional(), name: name.optional() }),
      z.strictObject({ pattern: z.string().min(1) }),
      z.strictObject({ schemas: z.array(name).min(1) }),
    ])
    .optional(),
  target_schema: name.optional(),
  scope_column: name.optional(),
  core_schema: name.optional(),
  workspace: z.string().min(1).optional(),
  keep_old_for: z
    .string()
    .regex(/^\d+ (day|hour|week)s?$/, 'must be like "7 days"')
    .optional(),
  keys: z.enum(['composite', 'renumber']).optional(),
  orphans: z.enum(['quarantine', 'keep']).optional(),
  // References that the database does not know, `table.column`: whose ids they are, where ids become others.
  soft: z
    .record(
      z.string(),
      z.union([
        z.literal('accept'),
        z.strictObject({ to: name }),
        z.strictObject({ type: name, map: z.record(z.string(), name.nullable()) }),
        z.strictObject({ keys: z.record(z.string(), name) }),
      ]),
    )
    .optional(),
  tenants: z
    .record(
      z.string(),
      z.strictObject({
        name: z.string().min(1).optional(),
        slug: z
          .string()
          .regex(/^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/, 'must be lowercase letters, digits, - and _')
          .optional(),
        skip: z.boolean().optional(),
      }),
    )
    .optional(),
  tables: z
    .record(
      z.string(),
      z
        .strictObject({
          to: z.string().min(1).optional(),
          leave: z.boolean().optional(),
          fall_through: z.enum(['copy', 'empty']).optional(),
          secret: z.array(name).optional(),
          doors: z.enum(['members', 'administrators', 'private']).optional(),
          own: z.string().nullable().optional(),
          keys: z.enum(['composite', 'renumber']).optional(),
          orphans: z.enum(['quarantine', 'keep']).optional(),
          merge: z.array(name).min(1).optional(),
          global: z.array(z.union([z.array(name).min(1), name])).optional(),
        })
        .refine(table => !(table.leave && table.to), 'has both "to" and "leave"'),
    )
    .optional(),
  identities: z
    .strictObject({
      table: name,
      ...identityColumns,
      merge: z.boolean().optional(),
    })
    .nullable()
    .optional(),
})

export type SpecFile = z.infer<typeof file>

/** Where tenants are found: in a registry table, by the schemas' names, or in a list; absent: by looking. */
export type Discover = NonNullable<SpecFile['discover']>

/** What a spec file may say, by kind: one schema per tenant, or one customer's database. */
export type AnySpecFile = SpecFile | ScopeFile

export const isScopeFile = (file: AnySpecFile): file is ScopeFile => file.kind === 'single'

/** What becomes of a table's rows that lead nowhere. */
export const orphansOf = (table: string, { orphans = 'quarantine', tables = {} }: SpecFile) =>
  (Object.hasOwn(tables, table) ? tables[table]?.orphans : undefined) ?? orphans

/** Reads and parses the file. @throws RowhouseError RH112 (not JSON5, wrong shape), RH113 (cannot be read) */
export async function readSpecFile(path: string): Promise<AnySpecFile> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new RowhouseError('RH113', {
      message: `the spec ${path} cannot be read: ${(error as Error).message}`,
      hint: `write one first: rowhouse inspect --write ${path}`,
      cause: error,
    })
  }
  let parsed: unknown
  try {
    parsed = JSON5.parse(text)
  } catch (error) {
    throw invalidSpec(path, [(error as Error).message.replace(/^JSON5: /, '')])
  }
  const isSingle =
    typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'single'
  const checked = (isSingle ? scopeFile : file).safeParse(parsed)
  if (!checked.success) throw invalidSpec(path, checked.error.issues.flatMap(explain))
  return checked.data
}

function explain(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => `unknown key "${[...issue.path, key].join('.')}"`)
  }
  return [where === '' ? issue.message : `"${where}" ${issue.message}`]
}

/** One error for everything that is wrong with the file. */
export const invalidSpec = (path: string, problems: readonly string[]) =>
  new RowhouseError('RH112', {
    message: `the spec ${path} is not valid: ${problems.join('; ')}`,
    hint: `mend the lines named, or compare with a fresh one: rowhouse inspect --write other.json5`,
  })
