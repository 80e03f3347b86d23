/** Functions that a DBA adds to a served schema: what they return is as walled as the tables it comes from. */
import { withClient } from '../../src/postgres/connect.ts'
import { type Server, startServer } from '../http/server.ts'
import { acme, bolt, house } from './house.ts'

let server: Server
beforeAll(async () => {
  const { url } = await house()
  await withClient(url, 'test', client =>
    client.query(`
      create function hr.rename_all(suffix text) returns setof hr.departments language sql volatile
        set search_path to pg_catalog, pg_temp
        as $$ update hr.departments set name = name || suffix where id < 3 returning departments.* $$;
      create function hr.largest() returns hr.departments language sql stable
        set search_path to pg_catalog, pg_temp
        as $$ select d.* from hr.departments d join hr.employees e on e.department_id = d.id
          group by d.organization_id, d.id order by count(*) desc limit 1 $$;
      grant execute on all functions in schema hr to rowhouse_visitor`),
  )
  server = await startServer(url)
})
afterAll(() => server?.program.stop())

test.each([acme, bolt])('$slug: one that writes, and one that reads', async tenant => {
  const token = await server.login(tenant)
  const rename = 'mutation { renameAll(input: {suffix: "!"}) { result { name manager { firstName } } } }'
  const { slug } = tenant
  const manager = { firstName: `Employee 1 ${slug}` }
  expect((await server.ask(token, rename)).body).toEqual({
    data: {
      renameAll: {
        result: [
          { name: `Sales ${slug}!`, manager },
          { name: `Works ${slug}!`, manager },
        ],
      },
    },
  })
  expect((await server.ask(token, '{ largest { name } }')).body).toEqual({
    data: { largest: { name: `Works ${slug}!` } },
  })
})
