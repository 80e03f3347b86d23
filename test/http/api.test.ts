/** The API reads as if there were one tenant, and answers each caller about the own organization only. */
import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql'
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { acme, bolt, house, type Tenant } from '../graphql/house.ts'
import { type Answer, type Server, startServer } from './server.ts'

let server: Server
let admin: pg.Client
const tokens = new Map<Tenant, string>()

beforeAll(async () => {
  const { url } = await house()
  admin = await connect(url, 'test')
  server = await startServer(url)
  for (const one of [acme, bolt]) tokens.set(one, await server.login(one))
})
afterAll(async () => {
  await admin.end()
  await server.program.stop()
})

const ask = (who: Tenant, query: string, variables?: Record<string, unknown>) =>
  server.ask(tokens.get(who), query, variables)
const data = async (who: Tenant, query: string, variables?: Record<string, unknown>) => {
  const { body } = await ask(who, query, variables)
  if (body.errors) throw new Error(JSON.stringify(body.errors))
  return body.data
}
const codeOf = ({ body }: Answer) => body.errors?.[0]?.extensions?.code

describe('the schema', () => {
  let text: string
  beforeAll(async () => {
    const { body } = await server.ask(undefined, getIntrospectionQuery())
    text = printSchema(buildClientSchema(body.data))
  })

  test('is there without a token, and knows no organization of a row', () => {
    expect(text).toMatch(/type Employee /)
    expect(text).not.toMatch(/organization_?id/i)
    // The organization itself is there, and its members; no row of any other table leads to it.
    expect(text.match(/^type Employee [^}]*/m)?.[0]).not.toMatch(/organization/i)
    expect(text.match(/^type Organization [^}]*/m)?.[0]).not.toMatch(/employee|department|Connection/i)
  })

  test('has lookups by what is unique inside an organization', () => {
    expect(text).toMatch(/^ {2}employee\(rowId: BigInt!\): Employee$/m)
    expect(text).toMatch(/^ {2}employeeByEmail\(email: String!\): Employee$/m)
    expect(text).toMatch(/^ {2}departmentByName\(name: String!\): Department$/m)
  })

  test('takes the prefix of a schema only where a name is taken', () => {
    expect(text).toMatch(/^type User /m)
    expect(text).toMatch(/^type HrUser /m)
    expect(text).not.toMatch(/HrEmployee/)
  })

  test('has no secret column', () => {
    expect(text).not.toMatch(/taxToken|password/i)
  })

  test('lets nobody set what is numbered or is a key', () => {
    expect(text.match(/^input EmployeeInput [^}]*/m)?.[0]).toMatch(/firstName: String!/)
    expect(text.match(/^input EmployeeInput [^}]*/m)?.[0]).not.toMatch(/rowId/)
    expect(text.match(/^input EmployeePatch [^}]*/m)?.[0]).not.toMatch(/rowId/)
  })

  test('has no filter by pattern', () => {
    expect(text).not.toMatch(/^ {2}(like|similarTo|matches|regex)\w*:/im)
  })
})

test('relations go both ways', async () => {
  const query = `{ employee(rowId: 7) {
    firstName
    manager { firstName }
    department { name manager { firstName } employees { totalCount } }
  } }`
  expect(await data(acme, query)).toEqual({
    employee: {
      firstName: 'Employee 7 acme',
      manager: { firstName: 'Employee 1 acme' },
      department: {
        name: 'Works acme',
        manager: { firstName: 'Employee 1 acme' },
        employees: { totalCount: 5 },
      },
    },
  })
})

test('the same question gets each organization its own answer', async () => {
  for (const who of [acme, bolt]) {
    expect(await data(who, '{ employeeByEmail(email: "e3@example.test") { firstName } }')).toEqual({
      employeeByEmail: { firstName: `Employee 3 ${who.slug}` },
    })
    expect(await data(who, '{ currentUser { name } currentOrganization { rowId slug } }')).toEqual({
      currentUser: { name: `Ann ${who.slug}` },
      currentOrganization: { rowId: who.organizationId, slug: who.slug },
    })
  }
})

test('a bigint is given bare, in quotes, or as a variable', async () => {
  const query = 'query ($id: BigInt!) { employee(rowId: $id) { rowId } }'
  for (const id of [3, '3']) expect(await data(acme, query, { id })).toEqual({ employee: { rowId: '3' } })
  expect(await data(acme, '{ employee(rowId: "3") { rowId } }')).toEqual({ employee: { rowId: '3' } })
  expect((await ask(acme, query, { id: 2 ** 53 })).status).toBe(400)
  expect((await ask(acme, '{ employee(rowId: "3 or true") { rowId } }')).status).toBe(400)
})

test('filters, orders, pages, aggregates', async () => {
  const query = `{ employees(
    first: 2, orderBy: [SALARY_DESC]
    filter: { department: { name: { startsWith: "Works" } }, salary: { greaterThan: "1000" } }
  ) {
    totalCount
    nodes { rowId }
    aggregates { sum { salary } max { salary } }
    groupedAggregates(groupBy: [DEPARTMENT_ID]) { keys distinctCount { rowId } }
  } }`
  expect(await data(bolt, query)).toEqual({
    employees: {
      totalCount: 4,
      nodes: [{ rowId: '9' }, { rowId: '7' }],
      aggregates: { sum: { salary: '24000.00' }, max: { salary: '9000.00' } },
      groupedAggregates: [{ keys: ['2'], distinctCount: { rowId: '4' } }],
    },
  })
})

describe('a row of another organization', () => {
  test('is not found by id, by unique key, or by Relay id', async () => {
    const theirs = await data(bolt, '{ employee(rowId: 50) { id firstName } }')
    expect(theirs.employee.firstName).toBe('Employee 50 bolt')
    const query = `query ($id: ID!) {
      employee(rowId: 50) { firstName }
      employeeByEmail(email: "e50@example.test") { firstName }
      node(id: $id) { id }
      employeeById(id: $id) { firstName }
    }`
    expect(await data(acme, query, { id: theirs.employee.id })).toEqual({
      employee: null,
      employeeByEmail: null,
      node: null,
      employeeById: null,
    })
  })

  test('a Relay id that both have is the own row', async () => {
    const { employee } = await data(bolt, '{ employee(rowId: 1) { id } }')
    const query = 'query ($id: ID!) { node(id: $id) { ... on Employee { firstName } } }'
    expect(await data(acme, query, { id: employee.id })).toEqual({ node: { firstName: 'Employee 1 acme' } })
  })

  test.each([
    'updateEmployee(input: { rowId: 50, patch: { firstName: "mine" } }) { clientMutationId }',
    'deleteEmployee(input: { rowId: 50 }) { clientMutationId }',
  ])('is not changed: %s', async mutation => {
    const answer = await ask(acme, `mutation { ${mutation} }`)
    expect(codeOf(answer)).toBe('RH404')
    expect(answer.body.errors[0].extensions.hint).toMatch(/organization_isolation/)
    expect(await data(bolt, '{ employee(rowId: 50) { firstName } }')).toEqual({
      employee: { firstName: 'Employee 50 bolt' },
    })
  })

  test('is no department to move to', async () => {
    const made = await data(
      bolt,
      'mutation { createDepartment(input: { department: { name: "New" } }) { department { rowId } } }',
    )
    const departmentId = made.createDepartment.department.rowId
    const query = `mutation ($departmentId: BigInt) {
      updateEmployee(input: { rowId: 1, patch: { departmentId: $departmentId } }) { clientMutationId }
    }`
    const { body } = await ask(acme, query, { departmentId })
    expect(body.errors[0]).toMatchObject({
      message: 'employees: department_id refers to a row that does not exist',
      extensions: { code: 'RH409' },
    })
  })
})

describe('mutations', () => {
  test('create, update, delete', async () => {
    const create = `mutation ($employee: EmployeeInput!) {
      createEmployee(input: { employee: $employee }) { employee { rowId firstName department { name } } }
    }`
    const employee = { firstName: 'Zoë', email: 'zoe@example.test', departmentId: 1 }
    const { createEmployee } = await data(acme, create, { employee })
    expect(createEmployee.employee).toMatchObject({ firstName: 'Zoë', department: { name: 'Sales acme' } })

    const rowId = createEmployee.employee.rowId
    const update = `mutation ($rowId: BigInt!) {
      updateEmployee(input: { rowId: $rowId, patch: { salary: "12.50" } }) { employee { salary email } }
    }`
    expect((await data(acme, update, { rowId })).updateEmployee.employee).toEqual({
      salary: '12.50',
      email: 'zoe@example.test',
    })
    const remove =
      'mutation ($rowId: BigInt!) { deleteEmployee(input: { rowId: $rowId }) { employee { firstName } } }'
    expect((await data(acme, remove, { rowId })).deleteEmployee.employee).toEqual({ firstName: 'Zoë' })
    expect(codeOf(await ask(acme, remove, { rowId }))).toBe('RH404')
  })

  test.each([
    ['{ firstName: "Z", email: "e1@example.test" }', 'employees: another row has this email'],
    [
      '{ firstName: "Z", email: "z", departmentId: 77 }',
      'employees: department_id refers to a row that does not exist',
    ],
    [
      '{ firstName: "Z", email: "z", salary: "-1" }',
      'employees: the value does not satisfy the rule employees_salary_check',
    ],
  ])('a rule that is broken is named, without rows and SQL: %s', async (employee, message) => {
    const { body } = await ask(
      acme,
      `mutation { createEmployee(input: { employee: ${employee} }) { clientMutationId } }`,
    )
    expect(body.errors).toEqual([
      { message, path: ['createEmployee'], locations: expect.anything(), extensions: { code: 'RH409' } },
    ])
  })

  test('what others refer to is not deleted', async () => {
    const { body } = await ask(
      acme,
      'mutation { deleteDepartment(input: { rowId: 1 }) { clientMutationId } }',
    )
    expect(body.errors[0].message).toBe('the row is still referred to by employees')
  })

  test("a value that cannot be one is refused as the caller's", async () => {
    const answer = await ask(acme, '{ employees(filter: { salary: { equalTo: "much" } }) { totalCount } }')
    expect(codeOf(answer)).toBe('RH400')
  })
})

async function trickle(who: Tenant, query: string, variables: Record<string, unknown>) {
  const body = JSON.stringify({ query, variables })
  async function* slowly() {
    for (const half of [body.slice(0, 20), body.slice(20)]) {
      yield new TextEncoder().encode(half)
      await new Promise(resolve => setTimeout(resolve, 10 + Math.random() * 50))
    }
  }
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(who)}` },
    body: ReadableStream.from(slowly()) as ReadableStream<Uint8Array>,
    duplex: 'half',
  } as RequestInit)
  return ((await response.json()) as Answer['body']).data
}

test('two hundred requests at once over ten connections: every answer belongs to its asker', async () => {
  const query = `query ($id: BigInt!) {
    currentOrganization { slug }
    employee(rowId: $id) { firstName manager { firstName } department { name } }
    employees { totalCount }
  }`
  const asked = Array.from({ length: 200 }, (_, n) => ({ who: n % 2 === 0 ? acme : bolt, id: 2 + (n % 8) }))
  // Half of them trickle in, so that others are let in between a caller's token and the caller's question.
  const answers = await Promise.all(
    asked.map(({ who, id }, n) => (n % 4 < 2 ? data : trickle)(who, query, { id })),
  )
  for (const [n, { who, id }] of asked.entries()) {
    expect(answers[n]).toEqual({
      currentOrganization: { slug: who.slug },
      employee: {
        firstName: `Employee ${id} ${who.slug}`,
        manager: { firstName: `Employee 1 ${who.slug}` },
        department: { name: `${id % 2 === 0 ? 'Sales' : 'Works'} ${who.slug}` },
      },
      employees: { totalCount: who === acme ? 9 : 10 },
    })
  }
})

test('a document that asks for too much is refused before it runs', async () => {
  const deep = `{ employee(rowId: 1) { ${'manager { '.repeat(30)} rowId ${'}'.repeat(30)} } }`
  // Thirty doublings: a billion fields in two kilobytes.
  const bomb = Array.from(
    { length: 30 },
    (_, n) => `fragment f${n} on Employee { a: manager { ...f${n + 1} } b: manager { ...f${n + 1} } }`,
  )
  const wide = `{ employee(rowId: 1) { ...f0 } } ${bomb.join('\n')} fragment f30 on Employee { rowId }`
  const many = `{ ...q } fragment q on Query { ${Array.from({ length: 101 }, (_, n) => `a${n}: __typename`).join(' ')} }`
  for (const document of [deep, wide, many]) {
    const answer = await ask(acme, document)
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status: 400, code: 'RH413' })
  }
  const large = await ask(acme, `{ __typename } # ${'x'.repeat(120_000)}`)
  expect({ status: large.status, code: codeOf(large) }).toEqual({ status: 413, code: 'RH413' })
})

test('a table without its wall still shows one organization: the API asks for its rows only', async () => {
  // Row-level security switched off, as by an operator's mistake; the grants stay.
  await admin.query('alter table hr.employees disable row level security')
  const query = `{
    employees { totalCount aggregates { sum { salary } } groupedAggregates(groupBy: [DEPARTMENT_ID]) { keys } }
    employee(rowId: 50) { firstName }
    department(rowId: 1) { employees { totalCount nodes { firstName } } manager { firstName } }
  }`
  const seen = await data(acme, query)
  await admin.query('alter table hr.employees enable row level security')
  expect(JSON.stringify(seen)).not.toMatch(/bolt/)
  expect(seen).toMatchObject({
    employees: { totalCount: 9, aggregates: { sum: { salary: '45000.00' } } },
    employee: null,
    department: { employees: { totalCount: 4 }, manager: { firstName: 'Employee 1 acme' } },
  })
})

test('the log has no token, no variable and no row', () => {
  const log = server.program.stderr()
  expect(log).toMatch(/"path":"\/graphql"/)
  for (const secret of [...tokens.values(), 'correct horse', 'Zoë', 'Employee 1', 'zoe@']) {
    expect(log).not.toContain(secret)
  }
})
