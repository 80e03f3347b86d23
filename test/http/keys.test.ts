/** The API over a database whose keys were renumbered and whose lookups were merged: it reads as any other. */
import { withClient } from '../../src/postgres/connect.ts'
import { fold } from '../engine/fold.ts'
import { djangoHash, password, type Tenant } from '../graphql/house.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { type Server, startServer } from './server.ts'

const legacy = (tenant: string) => `
  create schema ${tenant}; set search_path to ${tenant};
  create table kinds (id serial primary key, code text not null unique);
  create table people (id serial primary key, email text unique, password text, is_staff boolean);
  create table orders (id serial primary key, label text, person_id int references people, kind_id int references kinds);
  insert into kinds (code) select c from unnest(case '${tenant}' when 'one' then array['a', 'b'] else array['b', 'c', 'a'] end) c;
  insert into people (email, password, is_staff) values ('ann@example.test', '${djangoHash(password)}', true);
  insert into orders (label, person_id, kind_id) select 'order ' || n || ' of ${tenant}', 1, n from generate_series(1, 2) n;`

let server: Server
let url: string
const tokens: Record<string, string> = {}
beforeAll(async () => {
  const db = await database()
  url = db.url
  await ensureRoles(url)
  await withClient(url, 'test', client => client.query(`${legacy('one')} ${legacy('two')}`))
  await fold(url, {
    spec: { keys: 'renumber', tables: { kinds: { merge: ['code'] }, people: { global: [] } } },
  })
  server = await startServer(url)
  for (const slug of ['one', 'two']) tokens[slug] = await server.login({ slug } as Tenant)
})

const ask = async (slug: string, query: string) => (await server.ask(tokens[slug], query)).body

test('each tenant reads its own renumbered rows, and everybody’s lookups beside them', async () => {
  const query =
    '{ orders { nodes { rowId label kind { code rowId } person { email } } } kinds { nodes { code } } }'
  const kinds = { nodes: [{ code: 'a' }, { code: 'b' }, { code: 'c' }] }
  const person = { email: 'ann@example.test' }
  expect(await ask('one', query)).toEqual({
    data: {
      orders: {
        nodes: [
          { rowId: 1, label: 'order 1 of one', kind: { code: 'a', rowId: 1 }, person },
          { rowId: 2, label: 'order 2 of one', kind: { code: 'b', rowId: 2 }, person },
        ],
      },
      kinds,
    },
  })
  expect(await ask('two', query)).toEqual({
    data: {
      orders: {
        nodes: [
          { rowId: 3, label: 'order 1 of two', kind: { code: 'b', rowId: 2 }, person },
          { rowId: 4, label: 'order 2 of two', kind: { code: 'c', rowId: 3 }, person },
        ],
      },
      kinds,
    },
  })
})

test('a row is found by its id, and another tenant’s is not; the same from a lookup backwards', async () => {
  expect(await ask('one', '{ order(rowId: 2) { label } }')).toEqual({
    data: { order: { label: 'order 2 of one' } },
  })
  expect(await ask('one', '{ order(rowId: 3) { label } }')).toEqual({ data: { order: null } })
  const backwards = '{ kind(rowId: 2) { orders { nodes { label } } } }'
  expect(await ask('one', backwards)).toEqual({
    data: { kind: { orders: { nodes: [{ label: 'order 2 of one' }] } } },
  })
  expect(await ask('two', backwards)).toEqual({
    data: { kind: { orders: { nodes: [{ label: 'order 1 of two' }] } } },
  })
})

test('a new row gets an id above all, and refers to a lookup; of another tenant’s it cannot be', async () => {
  const create = (person: number, kind: number) =>
    `mutation { createOrder(input: { order: { label: "new", personId: ${person}, kindId: ${kind} } }) { order { rowId kind { code } } } }`
  expect(await ask('two', create(2, 1))).toEqual({
    data: { createOrder: { order: { rowId: 5, kind: { code: 'a' } } } },
  })
  expect((await ask('two', create(1, 1))).errors[0].extensions.code).toBe('RH409')
  expect((await ask('two', create(2, 99))).errors[0].extensions.code).toBe('RH409')
})

test('nobody writes a lookup, nor the id of a row', async () => {
  const { data } = await ask(
    'one',
    '{ __schema { mutationType { fields { name args { name } } } types { name inputFields { name } } } }',
  )
  const mutations = data.__schema.mutationType.fields.map(({ name }: { name: string }) => name)
  expect(mutations).toContain('createOrder')
  expect(mutations.filter((name: string) => /kind/i.test(name))).toEqual([])
  const inputs = data.__schema.types.find(({ name }: { name: string }) => name === 'OrderInput')
  expect(inputs.inputFields.map(({ name }: { name: string }) => name).sort()).toEqual([
    'kindId',
    'label',
    'personId',
  ])
  expect(JSON.stringify(data)).not.toMatch(/organizationId/i)
})

test('without a token even a lookup shows nothing', async () => {
  const { body } = await server.ask(undefined, '{ kinds { nodes { code } } }')
  expect(body.errors[0].extensions.code).toMatch(/^RH(001|401)$/)
})
