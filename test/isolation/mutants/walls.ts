/** The wall of a table: gone, made permissive, made to believe. */
import { ident } from '../../../src/postgres/identifiers.ts'
import type { Table } from '../catalog.ts'
import { visitor } from '../world.ts'
import { about, type Mutant } from './mutant.ts'

export function walls({ name, scope }: Table): Mutant[] {
  const focus = about(name)
  const wall = `policy organization_isolation on ${name}`
  const column = ident(scope as string)
  return [
    { name: `${name}: no wall`, sql: [`drop ${wall}`], focus },
    {
      name: `${name}: permissive wall`,
      sql: [
        `drop ${wall}`,
        `create ${wall} as permissive to ${visitor} using (${column} = app_hidden.current_organization_id())`,
      ],
      focus,
    },
    { name: `${name}: row security off`, sql: [`alter table ${name} disable row level security`], focus },
    {
      name: `${name}: wall for writing only`,
      sql: [
        `drop ${wall}`,
        `create ${wall} as restrictive for update to ${visitor} using (${column} = app_hidden.current_organization_id())`,
      ],
      focus,
    },
    {
      name: `${name}: wall that believes a setting`,
      sql: [
        `alter ${wall} using (${column}::text = current_setting('app.current_organization_id')) with check (true)`,
      ],
      focus,
    },
    {
      name: `${name}: wall that lets everybody without context in`,
      sql: [
        `alter ${wall} using (nullif(current_setting('app.user_id', true), '') is null or ${column} = (select app_hidden.current_organization_id()))`,
      ],
      focus,
    },
    // The context's own functions read the core tables as their owner: without them nobody gets in at all.
    ...(name.startsWith('app_')
      ? []
      : [
          {
            name: `${name}: owned by the visitor`,
            sql: [
              `grant create on schema ${name.split('.')[0]} to ${visitor}`,
              `alter table ${name} owner to ${visitor}`,
            ],
            focus,
          },
        ]),
  ]
}
