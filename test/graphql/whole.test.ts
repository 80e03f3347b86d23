/** The API of the whole HR system as somebody who writes a client meets it: names, relations, rights, descriptions. */
import pg from 'pg'
import {
  buildSchema,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'postgraphile/graphql'
import { printApi } from '../../src/graphql/print.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database } from '../helpers/database.ts'
import { authenticatorUrl } from '../postgres/login.ts'

/** Table → what its rows are called. Written by hand: a rule cannot tell what reads well. */
const typeNames: Readonly<Record<string, string>> = {
  applications: 'Application',
  attendance_records: 'AttendanceRecord',
  authentication_users: 'AuthenticationUser',
  bank_accounts: 'BankAccount',
  candidates: 'Candidate',
  departments: 'Department',
  designations: 'Designation',
  emergency_contacts: 'EmergencyContact',
  employee_addresses: 'EmployeeAddress',
  employee_salaries: 'EmployeeSalary',
  employees: 'Employee',
  geofences: 'Geofence',
  goals: 'Goal',
  holidays: 'Holiday',
  job_postings: 'JobPosting',
  kpis: 'Kpi',
  leave_balances: 'LeaveBalance',
  leave_policies: 'LeavePolicy',
  leave_requests: 'LeaveRequest',
  leave_types: 'LeaveType',
  locations: 'Location',
  payroll_components: 'PayrollComponent',
  payroll_runs: 'PayrollRun',
  payslips: 'Payslip',
  performance_reviews: 'PerformanceReview',
  shifts: 'Shift',
}

/** What needs no word of explanation. A column that refers to a row is explained by the relation. */
const plain =
  /^(id|.*_id|(\w+_)?name|.*_at|.*_on|email|phone|username|title|description|notes?|decision_note|code|is_active|date_joined|line_[12]|postal_code|city|region|responsibilities|address|reason|cover_letter|strengths|improvements)$/

type Column = {
  table: string
  column: string
  is_secret: boolean
  comment: string | null
  is_indexed: boolean
}
type Reference = { from: string; to: string; columns: string[]; is_unique: boolean }

let schema: GraphQLSchema
let columns: Column[]
let references: Reference[]

beforeAll(async () => {
  const { url } = await database('hr-whole-folded')
  const pool = new pg.Pool({ connectionString: await authenticatorUrl(url), max: 2 })
  try {
    schema = buildSchema(await printApi(pool, 'rowhouse_visitor'))
  } finally {
    await pool.end()
  }
  await withClient(url, 'test', async client => {
    columns = (await client.query<Column>(columnsOf)).rows
    references = (await client.query<Reference>(referencesOf)).rows
  })
  // Where no other file asked for the template before, it is built here.
}, 180_000)

const columnsOf = `select c.relname as table, a.attname as column,
    not has_column_privilege('rowhouse_visitor', c.oid, a.attnum, 'select') as is_secret,
    col_description(c.oid, a.attnum) as comment,
    exists (select from pg_index i where i.indrelid = c.oid and i.indpred is null and i.indkey[1] = a.attnum) as is_indexed
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'hr'::regnamespace and c.relkind = 'r' and a.attname <> 'organization_id' order by 1, a.attnum`

/** Without the scope column, and without the one that leads to the organization. */
const referencesOf = `select f.conrelid::regclass::text as from, f.confrelid::regclass::text as to,
    array(select attname::text from unnest(f.conkey) k join pg_attribute on attrelid = f.conrelid and attnum = k
      where attname <> 'organization_id') as columns,
    exists (select from pg_index i where i.indrelid = f.conrelid and i.indisunique and i.indpred is null
      and i.indkey::int2[] @> f.conkey and f.conkey @> i.indkey::int2[]) as is_unique
  from pg_constraint f
  where f.contype = 'f' and f.connamespace = 'hr'::regnamespace and f.confrelid::regclass::text like 'hr.%'`

const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)
const fieldName = (column: string) => (column === 'id' ? 'rowId' : camel(column))
const object = (name: string) => schema.getType(name) as GraphQLObjectType
const typeOf = (table: string) => object(typeNames[table.replace('hr.', '')] ?? table)
const fieldsOf = (type: GraphQLNamedType | null | undefined) =>
  isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : []
const own = () => Object.values(schema.getTypeMap()).filter(type => !type.name.startsWith('__'))

/** Every name in the API: of types, fields, arguments, enum values. */
function names(): string[] {
  return own().flatMap(type => [
    type.name,
    ...fieldsOf(type).flatMap(field => [
      field.name,
      ...('args' in field ? field.args.map((arg: { name: string }) => arg.name) : []),
    ]),
    ...(isEnumType(type) ? type.getValues().map(value => value.name) : []),
  ])
}

test('every table is a type, a list, a row by its id, and three mutations', () => {
  expect([...new Set(columns.map(({ table }) => table))]).toEqual(Object.keys(typeNames))
  const queries = object('Query').getFields()
  const mutations = Object.keys(object('Mutation').getFields())
  for (const [table, type] of Object.entries(typeNames)) {
    expect(object(type)).toBeDefined()
    expect(String(queries[camel(table)]?.type)).toBe(`${type}Connection`)
    expect(String(queries[lower(type)]?.type)).toBe(type)
    expect(queries[lower(type)]?.args.map(arg => `${arg.name}: ${arg.type}`)).toEqual(['rowId: BigInt!'])
  }
  // Who can sign in is made with a password, which the API has no way to take.
  const made = Object.values(typeNames).filter(type => type !== 'AuthenticationUser')
  expect(mutations.toSorted()).toEqual(
    [
      ...made.map(type => `create${type}`),
      ...Object.values(typeNames).flatMap(type => [`update${type}`, `update${type}ById`]),
      ...Object.values(typeNames).flatMap(type => [`delete${type}`, `delete${type}ById`]),
      ...['Membership', 'Organization', 'User'].flatMap(type => [`update${type}`, `update${type}ById`]),
      ...['operatorMembers', 'operatorOrganizations'],
    ].toSorted(),
  )
})

test('every column that may be read is a field, every other is nowhere', () => {
  for (const { table, column, is_secret } of columns) {
    const field = typeOf(table).getFields()[fieldName(column)]
    expect({ table, column, there: field !== undefined }).toEqual({ table, column, there: !is_secret })
  }
  expect(
    columns.filter(({ is_secret }) => is_secret).map(({ table, column }) => `${table}.${column}`),
  ).toEqual([
    'attendance_records.device_token',
    'authentication_users.password',
    'candidates.portal_token',
    // Everybody reads employees. What they earn is in the salaries, for whom it concerns.
    'employees.salary',
  ])
  expect(names().filter(name => /password|token|secret/i.test(name))).toEqual([])
})

test('the scope column is in no name', () => {
  expect(names().filter(name => /organization_?id|tenant/i.test(name))).toEqual([])
})

test('every reference is a relation, in both directions, and a filter', () => {
  expect(references.length).toBeGreaterThan(40)
  for (const {
    from,
    to,
    columns: [column = ''],
    is_unique,
  } of references) {
    const about = `${from}.${column} → ${to}`
    const [child, parent] = [typeOf(from), typeOf(to)]
    const role = camel(column.replace(/_(id|code)$/, ''))
    expect([about, String(child.getFields()[role]?.type)]).toEqual([about, parent.name])
    const back = fieldsOf(parent).filter(({ type }) =>
      is_unique ? String(type) === child.name : String(type) === `${child.name}Connection!`,
    )
    expect([about, back.length > 0]).toEqual([about, true])
    const filter = Object.keys((schema.getType(`${child.name}Filter`) as GraphQLObjectType).getFields())
    expect([about, filter.includes(role)]).toEqual([about, true])
  }
})

test('relations are called after what they are, not after columns', () => {
  const isRow = (name: string) => Object.values(typeNames).includes(name.replace(/Connection$/, ''))
  const relations = Object.values(typeNames).flatMap(type =>
    fieldsOf(object(type))
      .filter(field => isRow(String(field.type).replace(/[[\]!]/g, '')))
      .map(field => `${type}.${field.name}`),
  )
  expect(relations.filter(name => /Id(s|Exists?)?$|ById|Uid/.test(name))).toEqual([])
  expect(relations).toEqual(
    expect.arrayContaining([
      'Employee.supervisor',
      'Employee.employeesBySupervisor',
      'Employee.payslips',
      'Employee.referredApplications',
      'Employee.reviewedPerformanceReviews',
      'Department.childDepartments',
      'Department.jobPostings',
      'JobPosting.department',
      'PayrollRun.payslips',
      'AuthenticationUser.approvedPayrollRuns',
    ]),
  )
})

test('no word twice, no plural of a plural, no leftover of the old names', () => {
  const words = (name: string) =>
    name
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .split('_')
  const twice = (name: string) => words(name).some((word, at, all) => at > 0 && word === all[at - 1])
  // `JOB_POSTINGS_COUNT_ASC` and the like say what they order by; a word twice there is two names.
  const said = names().filter(name => !/^[A-Z_0-9]+$/.test(name))
  expect(said.filter(twice)).toEqual([])
  expect(said.filter(name => /(sses|ieses|ss)s$|[^aeiou]ys$/.test(name))).toEqual([])
})

test('nobody is offered the sum of ids', () => {
  for (const { table, column } of columns) {
    if (
      column !== 'id' &&
      !references.some(({ from, columns: [one] }) => from === `hr.${table}` && one === column)
    )
      continue
    for (const aggregate of ['Sum', 'Average', 'StddevSample', 'VariancePopulation']) {
      const type = schema.getType(`${typeNames[table]}${aggregate}Aggregates`)
      expect([
        table,
        column,
        fieldsOf(type)
          .map(({ name }) => name)
          .includes(fieldName(column)),
      ]).toEqual([table, column, false])
    }
  }
  expect(names().filter(name => /(SUM|AVERAGE|STDDEV|VARIANCE)\w*_ID_(ASC|DESC)$/.test(name))).toEqual([])
})

test('what an index carries can be filtered and ordered by', () => {
  for (const { table, column, is_indexed, is_secret } of columns) {
    if (!is_indexed || is_secret) continue
    const filter = schema.getType(`${typeNames[table]}Filter`)
    const order = schema.getType(`${typeNames[table]}OrderBy`)
    const value = `${fieldName(column)
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toUpperCase()}_ASC`
    expect({
      table,
      column,
      filter: fieldsOf(filter).some(({ name }) => name === fieldName(column)),
      order: isEnumType(order) && order.getValue(value) !== undefined,
    }).toEqual({ table, column, filter: true, order: true })
  }
})

test('types and fields say what they are about', () => {
  for (const [table, type] of Object.entries(typeNames)) {
    expect([table, object(type).description]).toEqual([table, expect.stringMatching(/^\S.{10,}/)])
  }
  const silent = columns
    .filter(({ column, is_secret }) => !is_secret && !plain.test(column))
    .filter(({ table, column }) => !typeOf(table).getFields()[fieldName(column)]?.description)
    .map(({ table, column }) => `${table}.${column}`)
  expect(silent).toEqual([])
  const commented = columns.filter(({ comment, is_secret }) => comment !== null && !is_secret)
  for (const { table, column, comment } of commented) {
    expect(typeOf(table).getFields()[fieldName(column)]?.description).toBe(comment)
  }
  // The house's own.
  for (const type of ['User', 'Membership', 'Organization', 'Domain', 'AuditEntry']) {
    expect([type, object(type).description]).toEqual([type, expect.stringMatching(/\.$/)])
  }
})
