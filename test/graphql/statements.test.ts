/**
 * No N+1: what a question sends to Postgres depends on the question, not on how many rows answer it. Counted on the
 * wire, between the server and the database.
 */
import { buildSample, sampleLogins } from '../../src/engine/sample/sample.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { startProxy } from '../crash/proxy.ts'
import { fold } from '../engine/fold.ts'
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { type Server, startServer } from '../http/server.ts'
import { authenticatorUrl } from '../postgres/login.ts'

const rows = 1000
let proxy: Awaited<ReturnType<typeof startProxy>>
let server: Server
let token: string

beforeAll(async () => {
  const { url } = await database()
  await withClient(url, 'test sample', client => buildSample(client, { tenants: 1, rows }))
  await ensureRoles(url)
  await fold(url)
  proxy = await startProxy(await authenticatorUrl(url), () => 'pass')
  server = await startServer(url, { AUTHENTICATOR_URL: proxy.url })
  const { body } = await server.post('/auth/login', sampleLogins(1)[0])
  token = body.token
}, 120_000)
afterAll(() => server?.program.stop())

type Answered = { readonly executions: number; readonly statements: number; readonly nodes: unknown[] }

async function ask(query: string, first: number): Promise<Answered> {
  const before = { executions: proxy.executions(), statements: proxy.statements.length }
  const { body } = await server.ask(token, query, { first })
  if (body.errors) throw new Error(JSON.stringify(body.errors))
  return {
    executions: proxy.executions() - before.executions,
    statements: proxy.statements.length - before.statements,
    nodes: (Object.values(body.data)[0] as { nodes: unknown[] }).nodes,
  }
}

const employees = (argument: string, fields: string) =>
  `query ($first: Int!) { employees(first: $first${argument}) { totalCount pageInfo { endCursor } nodes { rowId ${fields} } } }`

const payslips = (fields: string) =>
  `query ($first: Int!) { payslips(first: $first, orderBy: ROW_ID_ASC) { totalCount nodes { number ${fields} } } }`

const questions: Record<string, string> = {
  'payslips, their employees, those’ departments': payslips(
    'net employee { firstName department { name manager { lastName } } } payrollRun { name approvedBy { username } }',
  ),
  'payslips, their lines, and what else their employees have': payslips(
    `bankAccount { iban } payrollComponents { totalCount aggregates { sum { amount } } nodes { label amount } }
     employee { leaveBalances(first: 2) { nodes { year leaveType { name } } }
       attendanceRecords(first: 2) { nodes { workDate shift { name } geofence { location { name } } } }
       performanceReviews { nodes { kind reviewer { lastName } } } }`,
  ),
  'one row each, three levels deep': employees(
    '',
    `department { name manager { firstName designation { title } location { name } } parent { name manager { email } } }
     designation { title } user { username }
     supervisor { firstName supervisor { firstName supervisor { firstName department { name } } } }`,
  ),
  'lists in lists, three levels deep': employees(
    '',
    `employeesBySupervisor(first: 3) { totalCount nodes { firstName department { name }
       employeesBySupervisor(first: 3) { nodes { firstName designation { title } supervisor { firstName } } } } }`,
  ),
  'aggregates in lists': employees(
    '',
    `employeesBySupervisor { totalCount aggregates { max { rowId } average { rating } distinctCount { email } } }
     department { employees { totalCount aggregates { sum { rating } }
       groupedAggregates(groupBy: DESIGNATION_ID) { keys distinctCount { rowId } } } }`,
  ),
  'filters over relations, in the list and in the lists of its rows': employees(
    `, filter: { department: { employees: { some: { supervisorExists: true } }, managerExists: true } }`,
    `employeesBySupervisor(first: 2, filter: { department: { manager: { employeesBySupervisorExist: true } },
       employeesBySupervisor: { none: { rowId: { equalTo: 1 } } } }, orderBy: [DEPARTMENT_ID_DESC]) {
       nodes { rowId department { name } } pageInfo { hasNextPage } }`,
  ),
}

test.each(Object.entries(questions))('as many statements for many rows as for ten: %s', async (_, query) => {
  const few = await ask(query, 10)
  const many = await ask(query, rows)
  expect(few.nodes).toHaveLength(10)
  expect(many.nodes.length).toBeGreaterThan(rows / 2)
  expect(many.nodes.slice(0, 10)).toEqual(few.nodes)
  // unlisten, begin, enter_context, commit, and at least one that asks for rows
  expect(few.executions).toBeGreaterThan(4)
  expect(many).toMatchObject({ executions: few.executions, statements: few.statements })
})

test('a list of a thousand rows is a list of a thousand rows', async () => {
  expect((await ask(employees('', ''), rows)).nodes).toHaveLength(rows)
})
