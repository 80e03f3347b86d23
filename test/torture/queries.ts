/** Ten random queries, as a tenant asks them of its schema and as it asks them of the shared tables. */
import type { Plan } from '../../src/engine/plan/plan.ts'
import { nameOf } from '../../src/engine/plan/targetTable.ts'
import { hasRows } from '../../src/engine/shapes/reading.ts'
import { ident, qualified } from '../../src/postgres/identifiers.ts'
import type { Random } from './random.ts'

export type Query = { readonly name: string; readonly source: string; readonly shared: string }

/** @param columnsOf the columns that the schema's table has */
export function queries(
  plan: Plan,
  columnsOf: (schema: string, table: string) => ReadonlySet<string>,
  random: Random,
): (schema: string) => Query[] {
  return schema =>
    Array.from({ length: 10 }, (_, at): Query => {
      const table = random.of(plan.tables.filter(one => hasRows(one, schema)))
      const own = columnsOf(schema, table.source)
      const shown = random
        .some(
          table.columns.filter(({ name }) => own.has(name) && !table.secret.includes(name)),
          4,
        )
        .map(({ name }) => ident(name))
      const from = { source: qualified(schema, table.source), shared: nameOf(table) }
      const make = (text: (place: string) => string): Pick<Query, 'source' | 'shared'> => ({
        source: text(from.source),
        shared: text(from.shared),
      })
      const texts = shown.map(name => `${name}::text collate "C"`)
      const list = texts.length === 0 ? `''` : texts.join(', ')
      const order = texts.length === 0 ? '1' : texts.map((_, place) => place + 1).join(', ')
      const what = random.below(3)
      const name = `${at} ${table.source} ${what}`
      if (what === 0)
        return {
          name,
          ...make(place => `select count(*)${texts[0] ? `, count(distinct ${texts[0]})` : ''} from ${place}`),
        }
      if (what === 1)
        return { name, ...make(place => `select ${list} from ${place} order by ${order} limit 20`) }
      return {
        name,
        ...make(place => `select ${list}, count(*) from ${place} group by ${order} order by ${order}`),
      }
    })
}
