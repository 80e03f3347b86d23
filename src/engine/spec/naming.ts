/** What folded tables, organizations and their ids are called. Pure; every answer can be overruled in the spec. */
import { createHash } from 'node:crypto'
import pluralize from 'pluralize'

/** Names the core already uses in the API: a folded table of that name keeps its prefix. */
export const coreNames: ReadonlySet<string> = new Set([
  'organizations',
  'users',
  'user_organizations',
  'domains',
  'legacy_identities',
  'audit_log',
])

/**
 * Old table name → new one. Under Django `employees_employee` is app `employees`, model `employee`: the app goes, the
 * model becomes plural, `hr.employees`. Where that would name two tables alike, or like a core table, the app stays:
 * `authentication_user` → `authentication_users`. Other systems' names are left as they are.
 */
export function targetNames(sources: readonly string[], apps: ReadonlySet<string>): Map<string, string> {
  const short = new Map(sources.map(source => [source, withoutApp(source, apps)]))
  const uses = Map.groupBy(short.values(), name => name)
  return new Map(
    sources.map(source => {
      const candidate = short.get(source) ?? source
      const clashes = coreNames.has(candidate) || (uses.get(candidate)?.length ?? 0) > 1
      return [source, clashes && apps.size > 0 ? plural(source) : candidate]
    }),
  )
}

function withoutApp(source: string, apps: ReadonlySet<string>): string {
  if (apps.size === 0) return source
  const app = [...apps].filter(name => source.startsWith(`${name}_`)).sort((a, b) => b.length - a.length)[0]
  return plural(app === undefined ? source : source.slice(app.length + 1))
}

/** `leave_type` → `leave_types`: the last word only. */
function plural(name: string): string {
  const words = name.split('_')
  const last = words.pop() ?? ''
  return [...words, pluralize(last)].join('_')
}

/** A slug from a schema name: lowercase letters, digits, hyphen and underscore, at most 63. */
export const slugOf = (schema: string): string =>
  schema
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|[-_]+$/g, '')
    .slice(0, 63) || `org-${createHash('sha256').update(schema).digest('hex').slice(0, 8)}`

/** RFC 9562's namespace for URLs; the registry and the schema make the name. */
const namespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex')

/** The organization's id: a uuid of version 5 (RFC 9562, 5.5), so that every run gives the same. */
export function organizationId(registry: string, schema: string): string {
  const hash = createHash('sha1')
    .update(namespace)
    .update(`rowhouse:${registry}/${schema}`)
    .digest()
    .subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Columns that hold what nobody may read: passwords, tokens, keys. By name, because types do not tell. */
export const looksSecret = (column: string): boolean =>
  /(^|_)(password|passwd|secret|token|api_key|private_key|otp|totp|recovery_codes?|session_key|salt)(_|$|hash)/i.test(
    column,
  )

/**
 * What a person earns, in a table about something else. All members are one role, so a column is for everybody or for
 * nobody: where the table is not private, nobody, until the spec says otherwise.
 */
export const looksLikePay = (column: string): boolean =>
  /^((base|gross|net|hourly|monthly|yearly|annual)_)?(salary|wage|pay|compensation|remuneration)$/i.test(
    column,
  )

/** Tables about what people earn and where it is paid: by default for owners, admins and the person concerned. */
export const looksPrivate = (table: string): boolean =>
  /(^|_)(salar(y|ies)|payslips?|payroll|wages?|compensations?|bank_?accounts?)(_|$)/i.test(table)
