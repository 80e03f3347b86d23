/** What a victim has is recognised as a victim's, of every kind that carries a canary, and what the attacker has is not. */
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { readCatalog, type Table } from './catalog.ts'
import { settle } from './house.ts'
import { systems } from './systems.ts'
import { watchFor } from './watch.ts'
import { visitor } from './world.ts'

/** Rows of one kind of value: `count` of one organization, as text. */
async function values(admin: pg.Client, { name, scope }: Table, column: string, id: string, where = 'true') {
  const { rows } = await admin.query<{ value: string }>(
    `select "${column}"::text as value from ${name} where "${scope}" = $1 and "${column}" is not null and ${where}`,
    [id],
  )
  return rows.map(({ value }) => value)
}

/** How many values of each kind a victim has in any of the systems. */
const seen = new Map<string, number>()

test.each(systems)('$name', async system => {
  const { url } = await database(system.template)
  const admin = await connect(url, 'test')
  const house = await settle(admin, system)
  const { tables } = await readCatalog(admin, visitor, system.core)
  const watch = watchFor(house)
  const [victim] = house.victims
  if (victim === undefined) throw new Error('nobody to be recognised')
  const missed: string[] = []
  const kinds: Readonly<Record<string, (type: string) => string | undefined>> = {
    'below zero': type => (/^(bigint|numeric\(14,2\))$/.test(type) ? '{} < 0' : undefined),
    'six decimals': type => (type === 'numeric(18,6)' || type === 'numeric(9,6)' ? 'true' : undefined),
    bytes: type => (type === 'bytea' ? `{} <> ''` : undefined),
    time: type => (type === 'timestamp with time zone' ? 'isfinite({})' : undefined),
  }
  for (const table of tables.filter(
    ({ core, kind, scope }) => kind === 'r' && scope !== undefined && !core,
  )) {
    for (const column of table.columns) {
      for (const [kind, of] of Object.entries(kinds)) {
        const where = of(column.type)?.replaceAll('{}', `"${column.name}"`)
        if (where === undefined) continue
        const theirs = await values(admin, table, column.name, victim.id, where)
        seen.set(kind, (seen.get(kind) ?? 0) + theirs.length)
        missed.push(
          ...theirs
            .filter(one => watch.value(one) === undefined)
            .map(one => `${table.name}.${column.name}: ${one}`),
        )
        const own = await values(admin, table, column.name, house.attacker.id, where)
        missed.push(
          ...own
            .filter(one => watch.value(one) !== undefined)
            .map(one => `own ${table.name}.${column.name}: ${one}`),
        )
      }
    }
  }
  await admin.end()
  expect(missed).toEqual([])
})

test('there was something to recognise of every kind', () => {
  expect([...seen].filter(([, count]) => count === 0)).toEqual([])
})
