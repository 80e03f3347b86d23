/** The wall of a table: gone, made permissive, made to believe. */
import { ident } from '../../../src/postgres/identifiers.ts'
import { isPrivate, type Table } from '../catalog.ts'
import { visitor } from '../world.ts'
import { about, aboutIts, type Mutant } from './mutant.ts'

export function walls(table: Table): Mutant[] {
  const { name, scope } = table
  const focus = about(name)
  const without = aboutIts(name, /: no context$/)
  const wall = `policy organization_isolation on ${name}`
  const column = ident(scope as string)
  return [
    { kind: 'no wall', name: `${name}: no wall`, sql: [`drop ${wall}`], focus },
    {
      kind: 'permissive wall',
      name: `${name}: permissive wall`,
      sql: [
        `drop ${wall}`,
        `create ${wall} as permissive to ${visitor} using (${column} = (select app_hidden.current_organization_id()))`,
      ],
      focus,
    },
    {
      kind: 'row security off',
      name: `${name}: row security off`,
      sql: [`alter table ${name} disable row level security`],
      focus,
    },
    {
      kind: 'wall for writing only',
      name: `${name}: wall for writing only`,
      sql: [
        `drop ${wall}`,
        `create ${wall} as restrictive for update to ${visitor} using (${column} = (select app_hidden.current_organization_id()))`,
      ],
      focus,
    },
    // A private door asks for the context itself, before anybody comes to the wall.
    ...(isPrivate(table)
      ? []
      : [
          {
            kind: 'wall that believes a setting',
            name: `${name}: wall that believes a setting`,
            sql: [
              `alter ${wall} using (${column}::text = current_setting('app.current_organization_id')) with check (true)`,
            ],
            focus: without,
          },
          {
            kind: 'wall that lets everybody without context in',
            name: `${name}: wall that lets everybody without context in`,
            sql: [
              `alter ${wall} using (nullif(current_setting('app.user_id', true), '') is null or ${column} = (select app_hidden.current_organization_id()))`,
            ],
            focus: without,
          },
        ]),
    // The context's own functions read the core tables as their owner: without them nobody gets in at all.
    ...(table.core
      ? []
      : [
          {
            kind: 'owned by the visitor',
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
