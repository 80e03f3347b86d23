/** Rights on a table that protect() never gives. */
import { ident } from '../../../src/postgres/identifiers.ts'
import type { Table } from '../catalog.ts'
import { visitor } from '../world.ts'
import { aboutIts, type Mutant } from './mutant.ts'

export function grants(table: Table): Mutant[] {
  const { name, scope, columns } = table
  const about = (pattern: RegExp) => aboutIts(name, pattern)
  const column = ident(scope as string)
  const secrets = columns.filter(({ mayRead }) => !mayRead)
  return [
    {
      kind: 'scope column may be changed',
      name: `${name}: scope column may be changed`,
      sql: [`grant update (${column}) on ${name} to ${visitor}`],
      focus: about(/update scope/),
    },
    ...(table.key[0] === scope
      ? []
      : [
          {
            kind: 'scope column may be given',
            name: `${name}: scope column may be given`,
            sql: [`grant insert on ${name} to ${visitor}`],
            focus: about(/insert scope/),
          },
        ]),
    {
      kind: 'truncate',
      name: `${name}: truncate`,
      sql: [`grant truncate on ${name} to public`],
      focus: about(/: truncate$/),
    },
    {
      kind: 'trigger',
      name: `${name}: trigger`,
      sql: [`grant trigger on ${name} to ${visitor}`],
      focus: about(/: trigger$/),
    },
    ...secrets.map(secret => ({
      kind: 'secret',
      name: `${name}: secret ${secret.name}`,
      sql: [`grant select (${ident(secret.name)}) on ${name} to ${visitor}`],
      focus: about(/: column /),
    })),
  ]
}
