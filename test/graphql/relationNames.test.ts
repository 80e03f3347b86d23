/** Names of relations: none is that of a column, which would take its place in the API. */
import { withClient } from '../../src/postgres/connect.ts'
import { type Server, startServer } from '../http/server.ts'
import { acme, house } from './house.ts'

let server: Server
beforeAll(async () => {
  const { url } = await house()
  await withClient(url, 'test', client =>
    client.query(`
      alter table hr.employees add column department text;
      update hr.employees set department = 'told';
      grant select on hr.employees to rowhouse_visitor`),
  )
  server = await startServer(url)
})
afterAll(() => server?.program.stop())

test('a column and a foreign key of the same name are both there', async () => {
  const token = await server.login(acme)
  const { body } = await server.ask(
    token,
    '{ employee(rowId: 1) { department departmentByDepartmentId { name } } }',
  )
  expect(body).toEqual({
    data: { employee: { department: 'told', departmentByDepartmentId: { name: 'Works acme' } } },
  })
})
