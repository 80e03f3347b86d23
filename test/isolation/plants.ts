/**
 * Rows that tell more than the sample's: in every tenant-owned table each victim gets a row whose key and unique
 * values the attacker has not. A table that is empty gets a row of everybody's, under the same key, and somebody who
 * refers to it. Where nothing refers to a table, one more of the victim's rows gets a key that the attacker has not, and
 * goes on to refer to what both have: it is found where a condition over a relation forgets the wall. From the catalog.
 */
import type pg from 'pg'
import { nastyConstants } from '../../src/engine/sample/canary.ts'
import { ident, idents } from '../../src/postgres/identifiers.ts'
import type { Column, Table } from './catalog.ts'
import type { House, Organization } from './house.ts'

/** Far above the sample's ids, and another one per organization; of uuids, the last digits. */
const sharedNo = 900_000
const plantNo = ({ no }: Organization) => 900_000 + no
const movedNo = ({ no }: Organization) => 800_000 + no

/** The first three groups of a key that everybody has. */
const everybody = '00000000-0000-4000'

const keyOf = (type: string | undefined, no: number, front = everybody): string =>
  type === 'uuid' ? `${front}-8000-${String(no).padStart(12, '0')}` : String(no)

const frontOf = ({ canary }: Organization) => `${canary.uuid}0000-4000`
const keyType = ({ key, columns }: Table) => columns.find(({ name }) => name === key[0])?.type

const sharedKey = (table: Table) => keyOf(keyType(table), sharedNo)
const plantKey = (table: Table, organization: Organization) =>
  keyOf(keyType(table), plantNo(organization), frontOf(organization))
const movedKey = (table: Table, organization: Organization) =>
  keyOf(keyType(table), movedNo(organization), frontOf(organization))

const made = (no: string) => `(?:^|-8000-000000)${no}$`
export const isMoved = (key: unknown): boolean => new RegExp(made('80\\d{4}')).test(String(key))
export const isPlant = (key: unknown): boolean => new RegExp(made('90\\d{4}')).test(String(key))

type Row = Record<string, unknown>

/** The system's tables with one number or uuid as key are planted; the house's own have uuids that never collide. */
export const isPlanted = (table: Table): boolean =>
  table.kind === 'r' &&
  table.reachable &&
  !table.core &&
  table.scope !== undefined &&
  table.key.length === 1 &&
  /^((big|small)?int|uuid)/.test(keyType(table) ?? '')

/** @returns by table, the key of each victim's row */
export async function plant(
  admin: pg.Client,
  tables: readonly Table[],
  house: House,
): Promise<Map<string, readonly string[]>> {
  const empty = new Map<string, string[]>()
  // Rows refer to each other's plants, in any order.
  await admin.query('begin; set local session_replication_role to replica')
  for (const table of tables.filter(isPlanted)) {
    for (const organization of [house.attacker, ...house.victims]) {
      let row = await firstRow(admin, table, organization)
      if (row === undefined) {
        empty.set(table.name, [...(empty.get(table.name) ?? []), organization.id])
        row = await invented(admin, table, organization)
        await insert(admin, table, renamed(table, row, organization, 'shared', sharedNo))
      }
      if (organization === house.attacker) continue
      await insert(admin, table, renamed(table, row, organization, 'plant', plantNo(organization)))
    }
  }
  await admin.query('commit')
  // Somebody refers to what was planted.
  for (const table of tables.filter(isPlanted)) {
    for (const { columns, target, targetColumns } of table.foreignKeys) {
      const goal = tables.find(({ name }) => name === target)
      const [column] = columns
      if (
        goal === undefined ||
        target === table.name ||
        targetColumns[0] !== goal.key[0] ||
        !isPlanted(goal) ||
        columns.length !== 1 ||
        table.unique.includes(column as string)
      )
        continue
      for (const id of empty.get(target) ?? []) {
        await referring(
          admin,
          `update ${table.name} set ${ident(column as string)} = $1
           where ${ident(table.scope as string)} = $2 and ${ident(table.key[0] as string)} = (
             select ${ident(table.key[0] as string)} from ${table.name} where ${ident(table.scope as string)} = $2
             order by 1 limit 1)`,
          [sharedKey(goal), id],
        )
      }
      for (const organization of house.victims) {
        await referring(
          admin,
          `update ${table.name} set ${ident(column as string)} = $1
           where ${ident(table.scope as string)} = $2 and ${ident(table.key[0] as string)} = $3`,
          [plantKey(goal, organization), organization.id, plantKey(table, organization)],
        )
      }
    }
  }
  const isReferred = ({ name }: Table) =>
    tables.some(({ foreignKeys }) => foreignKeys.some(({ target }) => target === name))
  for (const table of tables.filter(one => isPlanted(one) && !isReferred(one))) {
    const [key, scope] = [ident(table.key[0] as string), ident(table.scope as string)]
    // One whose references lead to what both have.
    const both = table.foreignKeys.flatMap(({ columns: [own, ...more], target, targetColumns: [theirs] }) => {
      const goal = tables.find(({ name }) => name === target)
      if (more.length > 0 || goal?.scope === undefined) return []
      const found = `select o.${ident(theirs as string)} from ${target} o where o.${ident(goal.scope)} = $3`
      return [`(t.${ident(own as string)} in (${found}))::int`]
    })
    for (const organization of house.victims) {
      await admin.query(
        `update ${table.name} set ${key} = $1 where ${scope} = $2 and ${key} = (
           select ${key} from ${table.name} t where ${scope} = $2 and ${key}::text !~ '${made('[89]0\\d{4}')}'
           order by ${both.map(one => `coalesce(${one}, 0) + `).join('')} length('') desc, ${key} desc limit 1)`,
        [movedKey(table, organization), organization.id, ...(both.length > 0 ? [house.attacker.id] : [])],
      )
    }
  }
  await admin.query('analyze')
  return new Map(
    tables
      .filter(isPlanted)
      .map(table => [table.name, house.victims.map(victim => plantKey(table, victim))] as const),
  )
}

/**
 * The same row under another key, and with another value in every unique column: of a reference that must be there,
 * the target's plant; of a text with a canary, another text; of vocabulary, the same, as checks want it.
 */
function renamed(table: Table, row: Row, organization: Organization, word: string, no: number): Row {
  const { canary } = organization
  const front = no === sharedNo ? everybody : frontOf(organization)
  const isComputed = table.columns.some(({ name, generated }) => generated && table.unique.includes(name))
  const changed: Row = {}
  for (const { name, type, notNull, generated } of table.columns) {
    const old = row[name]
    const isText = typeof old === 'string' && canary.pattern.test(old)
    if (generated) continue
    if (!table.unique.includes(name)) {
      // What a unique column is computed from.
      if (isComputed && isText && /^(text|character varying\(\d{3})/.test(type))
        changed[name] = `${canary.word}${word}`
    } else if (table.foreignKeys.some(({ columns }) => columns.includes(name)))
      // A check may want what is there to stay there.
      changed[name] = notNull || old != null ? keyOf(type, no, front) : null
    else if (type === 'uuid') changed[name] = old && keyOf(type, no, frontOf(organization))
    else if (type === 'boolean') changed[name] = false
    else if (type === 'bytea') changed[name] = `\\x${canary.hex}${no}`
    else if (table.uniqueAlone.includes(name) && /^(integer|bigint|numeric)/.test(type))
      changed[name] = old && canary.numbers.from + no
    // A domain may want a form: only the digits at the end are other ones.
    else if (isText && !/^(text|char)/.test(type)) changed[name] = `${old.slice(0, -6)}${no}`
    else if (isText)
      changed[name] = `${canary.word}${word}`.slice(0, Number(/\((\d+)\)/.exec(type)?.[1] ?? 99))
    else if (type === 'date' && notNull) changed[name] = '1999-02-01'
    // Vocabulary stays, as checks want it.
    else if (!notNull && (typeof old !== 'string' || nastyConstants.includes(old))) changed[name] = null
  }
  return { ...row, ...changed, [table.key[0] as string]: keyOf(keyType(table), no, front) }
}

/** Where a check allows it: some things may only refer to one of two, or only together with a time. */
async function referring(admin: pg.Client, sql: string, values: readonly unknown[]): Promise<void> {
  await admin.query(sql, [...values]).catch((error: pg.DatabaseError) => {
    if (error.code !== '23514') throw error
  })
}

async function firstRow(admin: pg.Client, table: Table, { id }: Organization): Promise<Row | undefined> {
  const { rows } = await admin.query<{ row: Row }>(
    `select to_jsonb(t) as row from ${table.name} t where ${ident(table.scope as string)} = $1
     order by ${idents(table.key)} limit 1`,
    [id],
  )
  return rows[0]?.row
}

async function invented(admin: pg.Client, table: Table, organization: Organization): Promise<Row> {
  const row: Row = { [table.scope as string]: organization.id }
  // Somebody else's vocabulary, as checks want it.
  const model = (await admin.query<{ row: Row }>(`select to_jsonb(t) as row from ${table.name} t limit 1`))
    .rows[0]?.row
  const isWord = (old: unknown) => typeof old === 'string' && !/cnry-|^\d/i.test(old)
  for (const column of table.columns.filter(({ name }) => name !== table.scope)) {
    const reference = table.foreignKeys.find(({ columns }) => columns.includes(column.name))
    if (reference === undefined) {
      const old = model?.[column.name]
      row[column.name] = isWord(old) ? old : value(column, organization)
    } else if (column.notNull && !column.generated) {
      const { rows } = await admin.query(
        `select ${ident(reference.targetColumns[0] as string)} as id from ${reference.target}
         where ${ident(table.scope as string)} = $1 order by 1 limit 1`,
        [organization.id],
      )
      row[column.name] = rows[0]?.id
    }
  }
  return row
}

function value({ type, notNull }: Column, { canary }: Organization): unknown {
  if (/\[\]$/.test(type)) return /text|char/.test(type) ? [`${canary.word}plant`] : []
  if (/^(text|character varying)(\(|$)/.test(type)) return `${canary.word}plant`
  if (type === 'smallint') return canary.smallNumbers.from + 1
  const [, precision, scale = '0'] = /^numeric\((\d+),(\d+)\)$/.exec(type) ?? []
  if (/^(integer|bigint|numeric)/.test(type)) {
    const fits = precision === undefined || canary.numbers.from < 10 ** (Number(precision) - Number(scale))
    return fits ? canary.numbers.from + 1 : notNull ? 1 : null
  }
  if (!notNull) return null
  if (type === 'boolean') return true
  if (type === 'jsonb') return { plant: `${canary.word}plant` }
  if (type === 'date') return '2020-02-29'
  if (/^timestamp/.test(type)) return `2020-02-29T12:00:00.${String(canary.microseconds).padStart(6, '0')}Z`
  const width = /^character\((\d+)\)$/.exec(type)?.[1]
  if (width !== undefined) return 'X'.repeat(Number(width))
  throw new Error(`no value is known for ${type}: teach test/isolation/plants.ts`)
}

async function insert(admin: pg.Client, table: Table, row: Row): Promise<void> {
  const columns = idents(table.columns.filter(({ generated }) => !generated).map(({ name }) => name))
  await admin.query(
    `insert into ${table.name} (${columns}) overriding system value
     select ${columns} from jsonb_populate_record(null::${table.name}, $1::jsonb)`,
    [JSON.stringify(row)],
  )
}
