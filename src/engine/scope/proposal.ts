/** A column of the root that seems to say whose its rows are, with its values: proposed for approval, never applied. */
import type pg from 'pg'
import { ident, qualified } from '../../postgres/identifiers.ts'
import { readOnly, type Table } from '../catalog/catalog.ts'
import { keyOf, type Places } from './places.ts'
import { wordsOf } from './references.ts'
import { isOrganization } from './roots.ts'

export type OwnerColumn = {
  readonly column: string
  /** The most frequent first. */
  readonly values: readonly { readonly value: string; readonly rows: number }[]
  /** Rows with nothing in it. */
  readonly empty: number
  /** True: there are more values than anybody wants to approve; `values` is empty. */
  readonly tooMany: boolean
}

/** What can be read through before it is approved. */
const mostValues = 1000

const owners = [
  'company',
  'tenant',
  'client',
  'account',
  'organization',
  'organisation',
  'org',
  'customer',
  'workspace',
  'team',
  'firm',
  'agency',
  'brand',
]
const kinds = new Set(['text', 'varchar', 'bpchar', 'citext', 'int2', 'int4', 'int8', 'uuid'])

/** Null where no column of the root is called like one. */
export async function readOwnerColumn(
  client: pg.ClientBase,
  places: Places,
  root: string,
): Promise<OwnerColumn | null> {
  const table = places.find(root)?.table
  const column = table && ownerColumnOf(table)
  if (table === undefined || column === undefined) return null
  const { rows } = await readOnly(client, () =>
    client.query<{ value: string | null; rows: string }>(
      `select t.${ident(column)}::text as value, count(*) as rows from ${qualified(table.schema, table.name)} t group by 1 order by 2 desc, 1 limit ${mostValues + 2}`,
    ),
  )
  const isEmpty = (value: string | null): value is null | '' => value === null || value === ''
  const values = rows.filter(({ value }) => !isEmpty(value))
  const tooMany = values.length > mostValues
  return {
    column,
    values: tooMany ? [] : values.map(({ value, rows }) => ({ value: value ?? '', rows: Number(rows) })),
    empty: rows.filter(({ value }) => isEmpty(value)).reduce((sum, { rows: some }) => sum + Number(some), 0),
    tooMany,
  }
}

/** `company`, `company_name`, `tenant_id`; where rows are organizations themselves, what they are called. */
function ownerColumnOf(table: Table): string | undefined {
  const candidates = table.columns.filter(({ base, type }) => kinds.has(base) && !type.endsWith('[]'))
  const [key, ...more] = keyOf(table)
  const isCalled = (name: string, of: string, ends: readonly string[]) =>
    ends.some(end => wordsOf(name).join('_') === `${of}${end}`)
  for (const ends of [['', '_name'], ['_slug', '_code', '_key'], ['_id']]) {
    const found = candidates.find(({ name }) => name !== key && owners.some(of => isCalled(name, of, ends)))
    if (found !== undefined) return found.name
  }
  if (!isOrganization(table.name)) return undefined
  return (
    ['slug', 'code', 'name', 'title'].find(name => candidates.some(column => column.name === name)) ??
    (more.length === 0 ? key : undefined)
  )
}
