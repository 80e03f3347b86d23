/** Who may do what with each of the 26 tables: tried through the API as every role, and compared with what is meant. */
import {
  buildClientSchema,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
} from 'postgraphile/graphql'
import { connect } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { type Server, startServer } from '../http/server.ts'

const roles = ['owner', 'admin', 'member', 'viewer'] as const
type Role = (typeof roles)[number]

/** read: all rows, the own ones, none. Then which of create, update and delete the role may; `-` where none. */
type Rights = Readonly<Record<Role, `${'all' | 'own' | 'none'} ${string}`>>

const writes = 'create update delete'
/** Everybody reads; everybody but a viewer writes. */
const daily: Rights = {
  owner: `all ${writes}`,
  admin: `all ${writes}`,
  member: `all ${writes}`,
  viewer: 'all -',
}
/** For owners and admins; people read what is about themselves. */
const own: Rights = { ...daily, member: 'own -', viewer: 'own -' }
const administrators: Rights = { ...daily, member: 'none -', viewer: 'none -' }
/** Everybody sees who can sign in; owners and admins change it. Nobody makes one: the password is out of reach. */
const people: Rights = {
  owner: 'all update delete',
  admin: 'all update delete',
  member: 'all -',
  viewer: 'all -',
}

const meant: Readonly<Record<string, Rights>> = {
  applications: daily,
  attendanceRecords: daily,
  authenticationUsers: people,
  bankAccounts: own,
  candidates: daily,
  departments: daily,
  designations: daily,
  emergencyContacts: daily,
  employeeAddresses: daily,
  employeeSalaries: own,
  employees: daily,
  geofences: daily,
  goals: daily,
  holidays: daily,
  jobPostings: daily,
  kpis: daily,
  leaveBalances: daily,
  leavePolicies: daily,
  leaveRequests: daily,
  leaveTypes: daily,
  locations: daily,
  payrollComponents: own,
  payrollRuns: administrators,
  payslips: own,
  performanceReviews: daily,
  shifts: daily,
}

let server: Server
let schema: GraphQLSchema
/** Ids by list, as they are in the old schema: past all walls and doors. `mine` by role: what is about the person. */
let all: Record<string, readonly string[]>
const mine: Partial<Record<Role, Record<string, readonly string[]>>> = {}
const tokens: Partial<Record<Role, string>> = {}

beforeAll(async () => {
  const { url } = await database('hr-whole-folded')
  const client = await connect(url, 'test')
  try {
    const ids = async (sql: string, values: unknown[] = []) =>
      (await client.query<{ id: string }>(sql, values)).rows.map(({ id }) => id)
    const { rows: tables } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'hr'::regnamespace and relkind = 'r'`,
    )
    all = {}
    for (const { name } of tables) {
      all[camel(name)] = await ids(`select t.id::text from hr.${name} t ${ofAcme} order by t.id`)
    }
    // A member and a viewer with a contract; the owner and the admin are who they were.
    const { rows: found } = await client.query<{ email: string; role: Role; employee: string; user: string }>(
      `select u.email, m.role, e.id as employee, u.id as user
       from app_public.legacy_identities t join app_public.users u on u.id = t.user_id
       join app_public.user_organizations m on m.user_id = u.id and m.is_active
       join app_private.user_secrets s on s.user_id = u.id and s.password_hash like 'pbkdf2%'
       left join hr.employees e on e.organization_id = t.organization_id and e.user_id::text = t.legacy_id
       ${ofAcme} and (m.role <> 'member' or e.id is not null) order by t.legacy_id::bigint`,
    )
    const members = found.filter(({ role }) => role === 'member')
    const persons = {
      owner: found.find(({ role }) => role === 'owner'),
      admin: found.find(({ role }) => role === 'admin'),
      member: members[0],
      viewer: members[1],
    }
    await client.query(`update app_public.user_organizations set role = 'viewer' where user_id = $1`, [
      persons.viewer?.user,
    ])
    server = await startServer(url)
    for (const role of roles) {
      const { email, employee } = persons[role] ?? {}
      const login = { email, password: 'rowhouse-acme', organization: 'acme' }
      tokens[role] = (await server.post('/auth/login', login)).body.token
      const about = (table: string) =>
        ids(`select t.id::text from hr.${table} t ${ofAcme} and t.employee_id = $1 order by t.id`, [employee])
      mine[role] = {
        bankAccounts: await about('bank_accounts'),
        employeeSalaries: await about('employee_salaries'),
        payslips: await about('payslips'),
        payrollComponents: await ids(
          `select t.id::text from hr.payroll_components t join hr.payslips p on p.organization_id = t.organization_id and p.id = t.payslip_id
           ${ofAcme} and p.employee_id = $1 order by t.id`,
          [employee],
        ),
      }
    }
  } finally {
    await client.end()
  }
  const { body } = await server.ask(tokens.owner, getIntrospectionQuery())
  schema = buildClientSchema(body.data)
}, 180_000)
afterAll(() => server?.program.stop())

const ofAcme = `join app_public.organizations o on o.id = t.organization_id where o.slug = 'acme'`
const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const rowType = (list: string): string => {
  const type = schema.getQueryType()?.getFields()[list]?.type
  return String(type).replace(/Connection$/, '')
}

/** Rows as the role sees them: ids in order. */
async function seen(role: Role, list: string): Promise<string[]> {
  const { body } = await server.ask(
    tokens[role],
    `{ ${list}(orderBy: ROW_ID_ASC) { totalCount nodes { rowId } } }`,
  )
  const { totalCount, nodes } = body.data[list]
  expect(totalCount).toBe(nodes.length)
  return nodes.map(({ rowId }: { rowId: string }) => rowId)
}

test('the table of tables is of all tables', () => {
  expect(Object.keys(all).toSorted()).toEqual(Object.keys(meant).toSorted())
  for (const list of Object.keys(meant)) expect([list, all[list]?.length]).not.toEqual([list, 0])
})

test.each(roles)('%s: what is read', async role => {
  const found: Record<string, string> = {}
  for (const list of Object.keys(meant)) {
    const ids = String(await seen(role, list))
    found[list] =
      ids === String(all[list])
        ? 'all'
        : ids === ''
          ? 'none'
          : ids === String(mine[role]?.[list])
            ? 'own'
            : `other: ${ids}`
  }
  expect(found).toEqual(
    Object.fromEntries(Object.entries(meant).map(([list, rights]) => [list, rights[role].split(' ')[0]])),
  )
})

/**
 * Whether a mutation was let through the doors: it succeeded, or a rule of the table refused it, which is asked after
 * the doors. Anything else is no answer, and fails the test.
 */
async function may(role: Role, mutation: string, variables: Record<string, unknown>): Promise<boolean> {
  const { body } = await server.ask(tokens[role], mutation, variables)
  const code = body.errors?.[0]?.extensions?.code
  if (code === undefined && Object.values(body.data)[0] !== null) return true
  if (code === 'RH409') return true
  if (code === 'RH404' || code === 'RH006') return false
  throw new Error(`${mutation}: ${JSON.stringify(body)}`)
}

/** The fields of an input type that a row has, as a selection; an interval is an object. */
const copied = (input: string, row: GraphQLObjectType) =>
  Object.keys((schema.getType(input) as GraphQLInputObjectType).getFields())
    .filter(name => row.getFields()[name] !== undefined)
    .map(name =>
      String(row.getFields()[name]?.type).startsWith('Interval')
        ? `${name} { years months days hours minutes seconds }`
        : name,
    )
    .join(' ')

// Last, and least first: what one deletes the next cannot.
test.each([...roles].reverse())('%s: what is written', async role => {
  const found: Record<string, string> = {}
  for (const list of Object.keys(meant)) {
    const type = rowType(list)
    const single = type.charAt(0).toLowerCase() + type.slice(1)
    // A row that the role sees, so that only the door for writing is in the way; the owner's where it sees none.
    const rowId = (await seen(role, list)).at(-1) ?? (await seen('owner', list)).at(-1)
    const row = schema.getType(type) as GraphQLObjectType
    const given = async (input: string) => {
      const query = `query ($rowId: BigInt!) { ${single}(rowId: $rowId) { ${copied(input, row)} } }`
      return (await server.ask(tokens.owner, query, { rowId })).body.data[single]
    }
    const rights: string[] = []
    if (schema.getMutationType()?.getFields()[`create${type}`]) {
      const create = `mutation ($row: ${type}Input!) { create${type}(input: {${single}: $row}) { clientMutationId } }`
      if (await may(role, create, { row: await given(`${type}Input`) })) rights.push('create')
    }
    const update = `mutation ($rowId: BigInt!, $patch: ${type}Patch!) { update${type}(input: {rowId: $rowId, patch: $patch}) { clientMutationId } }`
    if (await may(role, update, { rowId, patch: await given(`${type}Patch`) })) rights.push('update')
    const remove = `mutation ($rowId: BigInt!) { delete${type}(input: {rowId: $rowId}) { clientMutationId } }`
    if (await may(role, remove, { rowId })) rights.push('delete')
    found[list] = rights.join(' ') || '-'
  }
  expect(found).toEqual(
    Object.fromEntries(
      Object.entries(meant).map(([list, rights]) => [list, rights[role].split(' ').slice(1).join(' ')]),
    ),
  )
})
