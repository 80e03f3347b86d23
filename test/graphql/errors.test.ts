/** What a client is told about each kind of failure, and what is kept from it. */
import pg from 'pg'
import { GraphQLError } from 'postgraphile/graphql'
import { type Code, RowhouseError } from '../../src/errors.ts'
import { errorFormatter } from '../../src/graphql/errors.ts'
import type { Logger } from '../../src/log.ts'

const logged: object[] = []
const log = { error: (entry: object) => logged.push(entry) } as unknown as Logger
const constraints = new Map([['hr.employees.employees_email_key', ['email']]])
const formatters = [true, false].map(production => errorFormatter({ log, production, constraints }))
const [inProduction, inDevelopment] = formatters as [(typeof formatters)[0], (typeof formatters)[0]]

type Fields = Partial<Record<'detail' | 'hint' | 'schema' | 'table' | 'constraint' | 'column', string>>
function raised(code: string, message: string, fields: Fields = {}): GraphQLError {
  const cause = Object.assign(new pg.DatabaseError(message, 0, 'error'), { code, ...fields })
  return new GraphQLError(message, { originalError: cause, path: ['employees', 0] })
}
const unique = {
  detail: 'Key (email)=(a@other) already exists.',
  schema: 'hr',
  table: 'employees',
  constraint: 'employees_email_key',
}

const cases: [state: string, message: string, fields: Fields, code: Code, told: string | RegExp][] = [
  ['RH004', 'not an active member', {}, 'RH004', 'not an active member'],
  ['23505', 'duplicate key value violates …', unique, 'RH409', 'employees: another row has this email'],
  [
    '23505',
    'duplicate key value violates …',
    { ...unique, constraint: 'other' },
    'RH409',
    'employees: another row has this key',
  ],
  ['23503', 'insert or update on table …', unique, 'RH409', /email refers to a row that does not exist/],
  ['23503', 'update or delete on table …', { table: 'payslips' }, 'RH409', /still referred to by payslips/],
  [
    '23502',
    'null value in column …',
    { table: 'employees', column: 'name' },
    'RH409',
    'employees: name must have a value',
  ],
  ['42501', 'new row violates row-level security policy', {}, 'RH006', /role in the organization/],
  ['42501', 'permission denied for table keys', {}, 'RH403', /through the API/],
  [
    'P0001',
    'The payroll of May is closed.',
    { hint: 'Open it first.' },
    'RH409',
    'The payroll of May is closed.',
  ],
  ['22P02', 'invalid input syntax for type bigint: "x"', {}, 'RH400', /invalid input syntax/],
  ['57014', 'canceling statement due to statement timeout', {}, 'RH408', /too long/],
  ['40P01', 'deadlock detected', {}, 'RH409', /same rows/],
  ['57P01', 'terminating connection', {}, 'RH105', /connection/],
]

test.each(cases)('%s: %s', (state, message, fields, code, told) => {
  for (const format of [inProduction, inDevelopment]) {
    const { message: text, extensions, path } = format(raised(state, message, fields))
    expect(text).toEqual(typeof told === 'string' ? told : expect.stringMatching(told))
    expect(extensions.code).toBe(code)
    expect(path).toEqual(['employees', 0])
    expect(JSON.stringify([text, extensions])).not.toMatch(/a@other|permission denied|duplicate/)
  }
})

test('what nobody expected is told by an id in production, and logged', () => {
  const error = raised('42P01', 'relation "hr.staff" does not exist', { detail: 'row (secret)' })
  const told = inProduction(error)
  expect(told.message).toBe('an error on our side')
  expect(told.extensions).toMatchObject({ code: 'RH500' })
  const entry = logged.at(-1) as { errorId: string }
  expect(told.extensions.hint).toContain(entry.errorId)
  expect(inDevelopment(error).message).toBe('relation "hr.staff" does not exist')
})

test('a hint about policies is for development only', () => {
  const error = new GraphQLError('x', {
    originalError: new RowhouseError('RH404', { message: 'nothing was changed' }),
  })
  expect(inDevelopment(error).extensions.hint).toMatch(/db\/policies/)
  expect(inProduction(error).extensions.hint).toBeUndefined()
})

test('what is about the document itself passes unchanged', () => {
  const error = new GraphQLError('Cannot query field "x"')
  expect(inProduction(error)).toBe(error)
})
