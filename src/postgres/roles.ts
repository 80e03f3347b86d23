/** The six roles of the house (db/README.md), by name. They belong to the whole server, hence the prefix. */
export type Roles = {
  readonly owner: string
  readonly authenticator: string
  readonly visitor: string
  readonly definer: string
  readonly auditor: string
  readonly bridge: string
}

export const rolesOf = (prefix: string): Roles =>
  Object.freeze({
    owner: `${prefix}_owner`,
    authenticator: `${prefix}_authenticator`,
    visitor: `${prefix}_visitor`,
    definer: `${prefix}_definer`,
    auditor: `${prefix}_auditor`,
    bridge: `${prefix}_bridge`,
  })

/** How db/*.sql and migrations name the roles: `:OWNER` … (graphile-migrate's placeholders). */
export const placeholders = (roles: Roles): Record<string, string> =>
  Object.fromEntries(Object.entries(roles).map(([key, name]) => [`:${key.toUpperCase()}`, name]))
