/**
 * References that the database does not know: `owner_type`/`owner_id` pairs, `_id` columns without a foreign key, arrays
 * of ids, ids inside jsonb. Folding keeps every id, so all of them go on pointing where they did; they are told because
 * nothing checks them. Where ids become others each one is decided in the spec, or the plan is refused. By name and type;
 * jsonb by a look at its keys.
 */
import type pg from 'pg'
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { readOnly, type Table } from '../catalog/catalog.ts'
import type { Keys } from '../keys/decide.ts'
import type { SpecFile } from '../spec/specFile.ts'
import type { Hazard } from './hazards.ts'

const idTypes = new Set(['int2', 'int4', 'int8', 'uuid'])
const textTypes = new Set(['text', 'varchar'])

type Soft = {
  readonly column: string
  readonly what: string
  /** The table that its name says. */
  readonly of?: string
  /** What the spec would say. */
  readonly how: string
}

/** @param models one table per name, as a tenant has it */
export async function softReferences(
  client: pg.ClientBase,
  models: readonly Table[],
  changes: Pick<Keys, 'numbered' | 'merges'>,
  { soft = {} }: Pick<SpecFile, 'soft'>,
): Promise<Hazard[]> {
  const keys = await keysInJson(client, models)
  return models.flatMap(table =>
    [...byName(table, models), ...(keys.get(table.name) ?? [])].map(one => ({
      code: 'soft-reference',
      object: `${table.name}.${one.column}`,
      ...saidOf(one, table, changes, soft),
      table: table.name,
    })),
  )
}

function saidOf(
  { column, what, of, how }: Soft,
  table: Table,
  { numbered, merges }: Pick<Keys, 'numbered' | 'merges'>,
  soft: NonNullable<SpecFile['soft']>,
): Pick<Hazard, 'detail' | 'hint' | 'blocks'> {
  const place = `${table.name}.${column}`
  const change = (name: string) => numbered.has(name) || (merges.get(name)?.key ?? null) !== null
  const isUuid = table.columns.find(({ name }) => name === column)?.base === 'uuid'
  const isAny = numbered.size > 0 || [...merges.values()].some(({ key }) => key !== null)
  const stays = isUuid || (of === undefined ? !isAny : !change(of))
  if (stays) {
    return {
      detail: `${what}: no foreign key checks it`,
      hint: 'nothing to do: ids stay as they are, and are looked up inside the organization',
      blocks: false,
    }
  }
  const decision = soft[place]
  if (decision === undefined) {
    return {
      detail: `${what}: no foreign key checks it, and ids become others`,
      hint: `decide in the spec: soft: { ${JSON.stringify(place)}: ${how} }, or 'accept': its values stay as they are`,
      blocks: true,
    }
  }
  return {
    detail: `${what}: ${decision === 'accept' ? 'the spec accepts that its values stay as they are' : 'its ids become others as the spec says'}`,
    hint: 'nothing to do',
    blocks: false,
  }
}

function byName(table: Table, models: readonly Table[]): Soft[] {
  const checked = new Set(
    table.constraints.flatMap(({ type, columns }) => (type === 'foreign' ? columns : [])),
  )
  const names = new Map(table.columns.map(column => [column.name, column]))
  return table.columns.flatMap((column): Soft[] => {
    const { name, base, type } = column
    if (checked.has(name) || name === 'id') return []
    if (type.endsWith('[]'))
      return /_ids?$/.test(name) && idTypes.has(base)
        ? [{ column: name, what: 'an array of ids', how: "{ to: '…' }" }]
        : []
    const stem = /^(.+)_id$/.exec(name)?.[1]
    if (stem === undefined || !(idTypes.has(base) || textTypes.has(base))) return []
    const generic = stem === 'object' ? contentType(table) : undefined
    if (generic !== undefined) {
      return [
        {
          column: name,
          what: `an id of whatever ${generic} says`,
          how: `{ type: '${generic}', map: { 'app.model': '…' } }`,
        },
      ]
    }
    if (names.has(`${stem}_type`))
      return [
        {
          column: name,
          what: `an id of whatever ${stem}_type says`,
          how: `{ type: '${stem}_type', map: { …: '…' } }`,
        },
      ]
    const there = models.find(({ name: other }) => isNamedAfter(other, stem))
    if (there !== undefined)
      return [
        {
          column: name,
          what: `an id of ${there.name}, by its name`,
          of: there.name,
          how: `{ to: '${there.name}' }`,
        },
      ]
    return idTypes.has(base) ? [{ column: name, what: 'an id of something', how: "{ to: '…' }" }] : []
  })
}

/** Django's generic relations: the column beside `object_id` that refers to a content type. */
const contentType = ({ constraints }: Table): string | undefined =>
  constraints.find(
    ({ columns, references }) => references?.table === 'django_content_type' && columns.length === 1,
  )?.columns[0]

/** `employee` → `employees`, `hr_employee`, `employee`. */
const isNamedAfter = (table: string, stem: string): boolean =>
  [stem, `${stem}s`, `${stem}es`, stem.replace(/y$/, 'ies')].some(
    name => table === name || table.endsWith(`_${name}`),
  )

/** Keys of the first rows' objects that look like ids. */
async function keysInJson(client: pg.ClientBase, models: readonly Table[]): Promise<Map<string, Soft[]>> {
  const columns = models.flatMap(table =>
    table.columns
      .filter(({ base, type }) => base === 'jsonb' && !type.endsWith('[]'))
      .map(({ name }) => ({ table, name })),
  )
  const found = new Map<string, Soft[]>()
  if (columns.length === 0) return found
  const text = columns
    .map(
      ({
        table,
        name,
      }) => `select ${literal(table.name)} as table, ${literal(name)} as column, string_agg(distinct key, ', ' order by key) as keys
from (select ${ident(name)} as value from ${qualified(table.schema, table.name)} where jsonb_typeof(${ident(name)}) = 'object' limit 200) few,
  lateral jsonb_object_keys(few.value) as key where key ~ '(^|_)ids?$'`,
    )
    .join('\nunion all\n')
  const { rows } = await readOnly(client, () =>
    client.query<{ table: string; column: string; keys: string | null }>(text),
  )
  for (const { table, column, keys } of rows) {
    if (keys === null) continue
    found.set(table, [
      ...(found.get(table) ?? []),
      {
        column,
        what: `ids inside jsonb (${keys})`,
        how: `{ keys: { ${keys
          .split(', ')
          .map(key => `${key}: '…'`)
          .join(', ')} } }`,
      },
    ])
  }
  return found
}
