/** Operators through the API: across organizations in the two functions that say so, and nowhere else. */
import { connect } from '../../src/postgres/connect.ts'
import { type Server, startServer } from '../http/server.ts'
import { acme, bolt, house, password, type Tenant } from './house.ts'

let server: Server
let query: (sql: string) => Promise<Record<string, unknown>[]>
let end: () => Promise<void>

beforeAll(async () => {
  const { url } = await house()
  const client = await connect(url, 'test')
  query = async sql => (await client.query(sql)).rows
  end = () => client.end()
  await query(`insert into app_private.operators (user_id) values ('${acme.userId}')`)
  server = await startServer(url)
})
afterAll(async () => {
  await server?.program.stop()
  await end?.()
})

async function asked(tenant: Tenant, text: string) {
  const login = { email: 'ann@example.test', password, organization: tenant.slug }
  const { body } = await server.post('/auth/login', login)
  return (await server.ask(body.token, text)).body
}

const organizations = (reason: string) =>
  `mutation { operatorOrganizations(input: {reason: "${reason}"}) { result { slug } } }`
const members = `mutation { operatorMembers(input: {slug: "bolt", reason: "ticket 1"}) {
  result { name email } query { employees { nodes { firstName } } users { nodes { name } } } } }`

test('an operator sees all organizations and who signs in to one, and nothing more of them', async () => {
  const { data } = await asked(acme, organizations('ticket 1'))
  expect(data.operatorOrganizations.result).toEqual([{ slug: 'acme' }, { slug: 'bolt' }])
  const answer = await asked(acme, members)
  expect(answer.data.operatorMembers.result).toEqual([{ name: 'Ann bolt', email: 'ann@example.test' }])
  expect(JSON.stringify(answer.data.operatorMembers.query)).not.toMatch(/bolt/)
})

test('the owners of the organization that was looked into see who and why; others do not', async () => {
  const entries = '{ auditEntries { nodes { action actorId details } } }'
  expect((await asked(bolt, entries)).data.auditEntries.nodes).toEqual([
    { action: 'operator_members', actorId: acme.userId, details: { reason: 'ticket 1' } },
  ])
  expect((await asked(acme, entries)).data.auditEntries.nodes).toEqual([])
})

test('who is no operator, and who gives no reason, is refused and leaves no entry', async () => {
  const before = await query('select count(*) from app_public.audit_log')
  const code = async (tenant: Tenant, text: string) => (await asked(tenant, text)).errors[0].extensions.code
  expect(await code(bolt, organizations('curious'))).toBe('RH012')
  expect(await code(bolt, members)).toBe('RH012')
  expect(await code(acme, organizations(' '))).toBe('RH013')
  expect(await query('select count(*) from app_public.audit_log')).toEqual(before)
})
