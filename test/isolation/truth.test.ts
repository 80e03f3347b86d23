/** Counts and sums are those of the own rows, computed apart in plain SQL as a superuser. */
import { ident, idents } from '../../src/postgres/identifiers.ts'
import { type Server, startServer } from '../http/server.ts'
import { authenticatorUrl } from '../postgres/login.ts'
import { isPrivate } from './catalog.ts'
import { fieldsOf, objectOf, readSchema } from './graphqlApi.ts'
import { openSession } from './session.ts'
import { systems } from './systems.ts'
import { listsByTable } from './walk.ts'
import { makeWorld, visitor, type World } from './world.ts'

describe.each(systems)('$name', system => {
  let world: World
  let server: Server | undefined
  beforeAll(async () => {
    world = await makeWorld(system)
  }, 180_000)
  afterAll(() => world?.end())

  /** An owner sees every row of the organization, a member those that are not private. */
  const askers = ['owner', 'member'] as const
  type Asker = (typeof askers)[number]

  /** Every table that shows this person all rows of the organization, with the columns that can be read. */
  const shown = (asker: Asker) =>
    world.catalog.tables.flatMap(table => {
      const columns = table.columns.filter(({ mayRead }) => mayRead)
      const isShown =
        table.kind === 'r' &&
        table.scope !== undefined &&
        table.reachable &&
        columns.length > 0 &&
        (asker === 'owner' || !isPrivate(table))
      return isShown ? [{ ...table, scope: table.scope as string, columns }] : []
    })

  /** The API calls the sum of nothing 0, as people do. */
  const inSql: Readonly<Record<string, (column: string) => string>> = {
    sum: column => `coalesce(sum(${column}), 0)`,
    min: column => `min(${column})`,
    max: column => `max(${column})`,
    average: column => `avg(${column})`,
  }

  const isNumber = ({ type }: { type: string }) => /^(smallint|integer|bigint|numeric)(\(.*\))?$/.test(type)
  const aggregates = ['count', 'sum', 'avg', 'min', 'max', 'stddev_samp', 'var_pop']

  test.each(askers)('through SQL, as %s', async asker => {
    const { admin, house, url } = world
    const session = await openSession(
      await authenticatorUrl(url),
      visitor,
      house.attacker.people[asker].context,
    )
    for (const { name, scope, columns } of shown(asker)) {
      const asked = columns.flatMap(column => {
        const one = ident(column.name)
        const numbers = isNumber(column) ? aggregates.map(aggregate => `${aggregate}(${one})::text`) : []
        return [`count(${one})::text`, `count(distinct ${one}::text)::text`, ...numbers]
      })
      const from = (rows: string) => `select count(*)::text, ${asked.join(', ')} from ${rows} t`
      const own = `(select ${idents(columns.map(column => column.name))} from ${name} where ${ident(scope)} = '${house.attacker.id}')`
      const { rows } = await admin.query({ text: from(own), rowMode: 'array' } as never)
      const [outcome] = await session.attempt([{ sql: [from(name)] }])
      expect([name, outcome?.rows]).toEqual([name, rows])
    }
    await session.end()
  })

  test.each(askers)('through the API, as %s', async asker => {
    const { admin, house, url } = world
    server ??= await startServer(url)
    const camel = (text: string) => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    const schema = await readSchema(server)
    const compared: string[] = []
    for (const [name, { field }] of listsByTable(schema, world.catalog)) {
      const table = shown(asker).find(one => one.name === name)
      const sums = objectOf(
        objectOf(objectOf(field.type)?.getFields().aggregates?.type as never)?.getFields().sum?.type as never,
      )
      if (table === undefined) continue
      const fields = sums == null ? [] : fieldsOf(sums).map(({ name }) => name)
      const columns = table.columns.filter(column => isNumber(column) && fields.includes(camel(column.name)))
      const names = columns.map(({ name }) => camel(name)).join(' ')
      const asked = Object.keys(inSql).map(kind => `${kind} { ${names} }`)
      const text = columns.length === 0 ? '' : `aggregates { ${asked.join(' ')} }`
      const { body } = await server.ask(
        house.attacker.people[asker].token,
        `{ ${field.name} { totalCount ${text} } }`,
      )
      const own = `from ${table.name} where ${ident(table.scope)} = '${house.attacker.id}'`
      const { rows } = await admin.query(`select count(*)::int as total ${own}`)
      const answer = body.data[field.name]
      expect([field.name, answer.totalCount]).toEqual([field.name, rows[0]?.total])
      compared.push(table.name)
      for (const [kind, of] of Object.entries(inSql)) {
        for (const { name } of columns) {
          const { rows: truth } = await admin.query(`select ${of(ident(name))}::text as value ${own}`)
          const given = answer.aggregates[kind][camel(name)]
          expect([name, kind, given === null ? null : String(given)]).toEqual([name, kind, truth[0]?.value])
        }
      }
    }
    // Core tables have names of their own in the API.
    const others = shown(asker)
      .filter(({ core }) => !core)
      .map(({ name }) => name)
    expect(compared).toEqual(expect.arrayContaining(others))
  })
})
