/** Who is let in, and who is not: tokens, memberships, logins. */
import { createHmac } from 'node:crypto'
import type pg from 'pg'
import { connect } from '../../src/postgres/connect.ts'
import { acme, bolt, house, password } from '../graphql/house.ts'
import { jwtSecret, type Server, startServer } from './server.ts'

let server: Server
let admin: pg.Client

beforeAll(async () => {
  const { url } = await house()
  admin = await connect(url, 'test')
  server = await startServer(url)
})
afterAll(async () => {
  await admin.end()
  await server.program.stop()
})

const query = '{ employees { totalCount } }'
const now = () => Math.floor(Date.now() / 1000)
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function forge(
  changes: { header?: { alg: string }; claims?: object; secret?: string; signature?: string } = {},
): string {
  const claims = {
    sub: acme.userId,
    organization_id: acme.organizationId,
    organization_slug: 'acme',
    iss: 'rowhouse',
    aud: 'rowhouse',
    exp: now() + 60,
    ...changes.claims,
  }
  const body = `${part({ alg: 'HS256', typ: 'JWT', ...changes.header })}.${part(claims)}`
  const signature = createHmac(
    changes.header?.alg === 'HS512' ? 'sha512' : 'sha256',
    changes.secret ?? jwtSecret,
  )
    .update(body)
    .digest('base64url')
  return `${body}.${changes.signature ?? signature}`
}

test('the forgery is good where nothing is wrong with it', async () => {
  expect((await server.ask(forge(), query)).body).toEqual({ data: { employees: { totalCount: 9 } } })
})

const bad: [name: string, token: () => string][] = [
  ['malformed', () => 'abc'],
  ['of three parts that are nothing', () => 'a.b.c'],
  ['expired', () => forge({ claims: { exp: now() - 1 } })],
  ['without an end', () => forge({ claims: { exp: undefined } })],
  ['signed with another secret', () => forge({ secret: 'another secret of thirty-two chars' })],
  ['unsigned', () => forge({ signature: '' })],
  ['alg: none', () => forge({ header: { alg: 'none' }, signature: '' })],
  ['alg: HS512', () => forge({ header: { alg: 'HS512' } })],
  ['of another issuer', () => forge({ claims: { iss: 'elsewhere' } })],
  ['for another audience', () => forge({ claims: { aud: 'elsewhere' } })],
  ['without a user', () => forge({ claims: { sub: undefined } })],
  ['whose organization is no id', () => forge({ claims: { organization_id: "x' or true" } })],
]

test.each(bad)('a token that is %s: 401', async (_name, token) => {
  const { status, body, headers } = await server.ask(token(), query)
  expect(status).toBe(401)
  expect(body.error).toEqual({
    code: 'RH401',
    message: expect.any(String),
    hint: expect.stringMatching(/login/),
  })
  expect(body.errors[0].extensions.code).toBe('RH401')
  expect(body.data).toBeUndefined()
  expect(headers.get('www-authenticate')).toMatch(/^Bearer/)
})

test('another scheme than Bearer: 401', async () => {
  const { status } = await server.post('/graphql', { query }, { authorization: 'Basic YTpi' })
  expect(status).toBe(401)
})

test('no token: RH001, never an empty list; the schema can be read', async () => {
  const { status, body } = await server.ask(undefined, query)
  expect(status).toBe(401)
  expect(body.data).toEqual({ employees: null })
  expect(body.errors[0].extensions.code).toBe('RH001')
  expect(await server.ask(undefined, '{ __schema { queryType { name } } }')).toMatchObject({ status: 200 })
})

describe('the database decides at every request, whatever the token says', () => {
  const refused = async (token: string, code: string) => {
    const { status, body } = await server.ask(token, query)
    expect({ status, code: body.errors?.[0]?.extensions?.code }).toEqual({ status: 403, code })
    expect(body.data).toEqual({ employees: null })
  }
  const during = async (change: string, back: string, code: string) => {
    const token = await server.login(acme)
    expect((await server.ask(token, query)).status).toBe(200)
    await admin.query(change, [acme.organizationId])
    await refused(token, code)
    await admin.query(back, [acme.organizationId])
    expect((await server.ask(token, query)).status).toBe(200)
  }

  test('a membership that is switched off', () =>
    during(
      'update app_public.user_organizations set is_active = false where organization_id = $1',
      'update app_public.user_organizations set is_active = true where organization_id = $1',
      'RH004',
    ))
  test('an organization that is switched off', () =>
    during(
      'update app_public.organizations set is_active = false where id = $1',
      'update app_public.organizations set is_active = true where id = $1',
      'RH005',
    ))
  test('an organization that does not exist', () =>
    refused(forge({ claims: { organization_id: acme.userId } }), 'RH005'))
  test('another organization than the own', () =>
    refused(forge({ claims: { organization_id: bolt.organizationId } }), 'RH004'))
  test('a mutation is refused as well', async () => {
    const mutation = 'mutation { deleteEmployee(input: { rowId: 9 }) { clientMutationId } }'
    const { status } = await server.ask(forge({ claims: { organization_id: bolt.organizationId } }), mutation)
    expect(status).toBe(403)
  })
})

test('a viewer reads, and is told that writing is not allowed', async () => {
  await admin.query(`update app_public.user_organizations set role = 'viewer' where organization_id = $1`, [
    bolt.organizationId,
  ])
  const token = await server.login(bolt)
  expect((await server.ask(token, query)).body.data.employees.totalCount).toBe(10)
  const create =
    'mutation { createEmployee(input: { employee: { firstName: "Z", email: "z" } }) { clientMutationId } }'
  expect((await server.ask(token, create)).body.errors[0].extensions.code).toBe('RH006')
  const update =
    'mutation { updateEmployee(input: { rowId: 1, patch: { firstName: "Z" } }) { clientMutationId } }'
  expect((await server.ask(token, update)).body.errors[0].extensions.code).toBe('RH404')
  await admin.query(`update app_public.user_organizations set role = 'admin' where organization_id = $1`, [
    bolt.organizationId,
  ])
})

describe('login', () => {
  const login = (email: string, secret: string, organization: string) =>
    server.post('/auth/login', { email, password: secret, organization })

  test('gives a token for one organization', async () => {
    const { status, body, headers } = await login('ann@example.test', password, 'bolt')
    expect(status).toBe(200)
    expect(body.organization).toEqual({ id: bolt.organizationId, slug: 'bolt' })
    expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(3_500_000)
    const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString())
    expect(claims).toMatchObject({
      sub: bolt.userId,
      organization_id: bolt.organizationId,
      organization_slug: 'bolt',
    })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('does not tell what is wrong', async () => {
    const answers = [
      await login('ann@example.test', 'wrong', 'acme'),
      await login('nobody@example.test', password, 'acme'),
      await login('ann@example.test', password, 'nowhere'),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(401)
      expect(body).toEqual(answers[0]?.body)
      expect(body.error.code).toBe('RH402')
    }
  })

  test.each([
    ['{', 'RH400'],
    ['[]', 'RH400'],
    ['{"email": "a@b", "password": ["x"], "organization": "acme"}', 'RH400'],
    [`{"email": "${'a'.repeat(20_000)}"}`, 'RH413'],
  ])('a body that cannot be used: %#', async (text, code) => {
    const { status, body } = await server.post('/auth/login', text)
    expect(status).toBe(code === 'RH413' ? 413 : 400)
    expect(body.error.code).toBe(code)
  })

  test('is not guessed: the eleventh attempt waits, for this e-mail only', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => login('victim@example.test', 'guess', 'acme')),
    )
    expect(guesses.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), 429, 429])
    const late = guesses.find(({ status }) => status === 429)
    expect(late?.body.error.code).toBe('RH429')
    expect(Number(late?.headers.get('retry-after'))).toBeGreaterThan(800)
    expect((await login('ann@example.test', password, 'acme')).status).toBe(200)
  })
})
