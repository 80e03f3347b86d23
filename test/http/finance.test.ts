/** The finance system as its members meet it: uuids, enum types, domains, composites, and money that goes. */
import { sampleLogins } from '../../src/engine/sample/sample.ts'
import { database } from '../helpers/database.ts'
import { type Server, startServer } from './server.ts'

let server: Server
let token: string
beforeAll(async () => {
  const { url } = await database('finance-folded')
  server = await startServer(url)
  const [login] = sampleLogins(1, 'finance')
  const { status, body } = await server.post('/auth/login', login)
  expect(status).toBe(200)
  token = body.token
})
afterAll(() => server.program.stop())

const data = async (query: string) => {
  const { body } = await server.ask(token, query)
  if (body.errors) throw new Error(JSON.stringify(body.errors))
  return body.data
}
const refusal = async (query: string) => {
  const { body } = await server.ask(token, query)
  return [body.errors?.[0]?.extensions?.code, body.errors?.[0]?.message]
}

test('rows have uuids, enums that are legal names, and relations by what they are about', async () => {
  const { invoices } = await data(`{ invoices(filter: { status: { equalTo: can_t_be_collected } }, first: 2) {
    totalCount nodes { rowId status customer { name billingAddress { city } } invoiceLines { totalCount } approvedBy { roles } } } }`)
  expect(invoices.totalCount).toBeGreaterThan(0)
  expect(invoices.nodes[0]).toMatchObject({
    rowId: expect.stringMatching(/^cafe0001-/),
    status: 'can_t_be_collected',
    customer: { name: expect.stringContaining('cnry-0001-') },
  })
  const { invoice } = await data(`{ invoice(rowId: "${invoices.nodes[0].rowId}") { status } }`)
  expect(invoice).toEqual({ status: 'can_t_be_collected' })
})

test('an enum is changed, an array of enums and a composite are written', async () => {
  const { invoices } = await data(
    '{ invoices(filter: { status: { equalTo: sent } }, first: 1) { nodes { rowId } } }',
  )
  const [{ rowId }] = invoices.nodes
  const change = (status: string) =>
    data(
      `mutation { updateInvoice(input: { rowId: "${rowId}", patch: { status: ${status} } }) { invoice { status } } }`,
    )
  expect(await change('part_paid')).toEqual({ updateInvoice: { invoice: { status: 'part_paid' } } })
  expect(
    await refusal(
      `mutation { updateInvoice(input: { rowId: "${rowId}", patch: { status: draft } }) { clientMutationId } }`,
    ),
  ).toEqual(['RH409', expect.stringMatching(/invoices_issued/)])
  expect(
    await data(`mutation {
      createMember(input: { member: { email: "new@acme.example", name: "New", roles: [viewer, bookkeeper] } }) { member { roles isActive } }
      createCustomer(input: { customer: { code: "N1", name: "New", paymentDays: 14, billingAddress: { street: "1, \\"rear\\"", city: "Ulm" } } })
        { customer { billingAddress { street postcode city } currency } }
    }`),
  ).toEqual({
    createMember: { member: { roles: ['viewer', 'bookkeeper'], isActive: true } },
    createCustomer: {
      customer: { billingAddress: { street: '1, "rear"', postcode: null, city: 'Ulm' }, currency: 'EUR' },
    },
  })
})

test('money that goes is below zero, and sums are exact', async () => {
  const { payments } = await data(
    `{ payments(orderBy: AMOUNT_ASC, first: 1) { nodes { amount returns { amount } } aggregates { sum { amount } } } }`,
  )
  expect(Number(payments.nodes[0].amount)).toBeLessThan(-1_000_000)
  expect(payments.nodes[0].returns.amount).toBe(payments.nodes[0].amount.slice(1))
  expect(payments.aggregates.sum.amount).toMatch(/^\d+\.\d\d$/)
})

test('a filter over a domain compares with any text; a value that is to be stored must be one', async () => {
  const { some, exact, none, half } = await data(`{
    some: vendors(filter: { iban: { startsWith: "DE" } }) { totalCount nodes { iban } }
    exact: accounts(filter: { currency: { equalTo: "USD" } }) { totalCount }
    none: vendors(filter: { iban: { in: ["no iban", ""] } }) { totalCount }
    half: vendors(filter: { iban: { includesInsensitive: "cnry" } }) { totalCount } }`)
  expect(some.totalCount).toBeGreaterThan(0)
  expect(exact.totalCount).toBeGreaterThan(0)
  expect([none.totalCount, half.totalCount]).toEqual([0, some.totalCount])
  expect(
    await refusal(
      'mutation { createVendor(input: { vendor: { name: "V", iban: "no iban" } }) { clientMutationId } }',
    ),
  ).toEqual(['RH400', 'iban: the value does not satisfy the rule iban_form'])
})

test('pages of equals lose no row: the first column of a key is not the key', async () => {
  const rows: string[] = []
  let after = ''
  for (let more = true; more; ) {
    const { bankStatements } = await data(`{ bankStatements(orderBy: BANK_ACCOUNT_ID_ASC, first: 7${after}) {
      totalCount nodes { rowId } pageInfo { hasNextPage endCursor } } }`)
    rows.push(...bankStatements.nodes.map(({ rowId }: { rowId: string }) => rowId))
    after = `, after: "${bankStatements.pageInfo.endCursor}"`
    more = bankStatements.pageInfo.hasNextPage
    if (!more) expect(new Set(rows).size).toBe(bankStatements.totalCount)
  }
  expect(rows).toHaveLength(new Set(rows).size)
})

test('what is private is, and secrets are nowhere', async () => {
  const { __schema } = await data('{ __schema { types { name fields { name } inputFields { name } } } }')
  const text = JSON.stringify(__schema)
  for (const secret of [
    'passwordHash',
    'accessToken',
    'webhookSecret',
    'privateKey',
    'pushToken',
    'tenantId',
  ])
    expect(text).not.toContain(`"${secret}"`)
  expect(text).toContain('"paymentReference"')
})
