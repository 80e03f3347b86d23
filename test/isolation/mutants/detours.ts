/** New ways around the walls. */
import { idents } from '../../../src/postgres/identifiers.ts'
import type { Table } from '../catalog.ts'
import type { Core } from '../systems.ts'
import { visitor } from '../world.ts'
import { about, type Mutant, named } from './mutant.ts'

/** New objects through which rows can be reached around the wall. */
export function detours(walled: readonly Table[], { schema, users }: Core): Mutant[] {
  const [table] = walled.filter(({ core }) => !core)
  if (table === undefined) return []
  const { name, columns } = table
  const readable = idents(columns.filter(({ mayRead }) => mayRead).map(column => column.name))
  const leak = `${schema}.detour`
  const isNew = true
  const opened = (kind: string) => [
    `create ${kind} ${leak} as select ${readable} from ${name}`,
    `alter ${kind} ${leak} owner to rowhouse_owner`,
    `grant select on ${leak} to ${visitor}`,
  ]
  return [
    { name: 'a view with its owner’s rights', sql: opened('view'), focus: about(leak), isNew },
    { name: 'a materialized view', sql: opened('materialized view'), focus: about(leak), isNew },
    { name: 'a copied table', sql: opened('table'), focus: about(leak), isNew },
    {
      name: 'a definer function that reads past the wall',
      sql: [
        `create function ${leak}() returns setof ${name} language sql stable security definer as 'select * from ${name}'`,
        `grant execute on function ${leak}() to ${visitor}`,
      ],
      focus: named(/detour/),
      isNew,
    },
    {
      name: 'a definer function that takes an organization',
      sql: [
        `create function ${leak}(u uuid, o uuid) returns bigint language sql stable security definer
           as 'select count(*) from ${users}.users where organization_id = o'`,
        `grant execute on function ${leak}(uuid, uuid) to ${visitor}`,
      ],
      focus: named(/detour/),
      isNew,
    },
  ]
}
