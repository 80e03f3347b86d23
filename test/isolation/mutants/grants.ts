/** Rights on a table that protect() never gives. */
import { ident } from '../../../src/postgres/identifiers.ts'
import type { Table } from '../catalog.ts'
import { visitor } from '../world.ts'
import { aboutIts, type Mutant } from './mutant.ts'

export function grants(table: Table): Mutant[] {
  const { name, scope, columns } = table
  const focus = aboutIts(name, /scope|insert|truncate|trigger|: column/)
  const column = ident(scope as string)
  const secrets = columns.filter(({ mayRead }) => !mayRead)
  return [
    {
      name: `${name}: scope column may be changed`,
      sql: [`grant update (${column}) on ${name} to ${visitor}`],
      focus,
    },
    ...(table.key[0] === scope
      ? []
      : [
          {
            name: `${name}: scope column may be given`,
            sql: [`grant insert on ${name} to ${visitor}`],
            focus,
          },
        ]),
    { name: `${name}: truncate`, sql: [`grant truncate on ${name} to public`], focus },
    { name: `${name}: trigger`, sql: [`grant trigger on ${name} to ${visitor}`], focus },
    ...secrets.map(secret => ({
      name: `${name}: secret ${secret.name}`,
      sql: [`grant select (${ident(secret.name)}) on ${name} to ${visitor}`],
      focus,
    })),
  ]
}
