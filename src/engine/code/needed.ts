/** What tables and types cannot do without of their schema's code. Pure. */
import type { Index, Table, UserType } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { namesIn } from '../shapes/names.ts'
import { indexText } from '../shapes/shape.ts'
import type { SharedTable } from '../shapes/sharedTable.ts'
import { namesOf, type SharedTypes } from '../shapes/sharedTypes.ts'
import type { SharedCode } from './shareCode.ts'

export type Need = {
  /** The column, constraint or index. */
  readonly where: string
  readonly routine: string
  /** The index, where it is one that makes nothing but speed: the table can do without. */
  readonly spare?: Index
}

/** An index that stays behind. `text`: without the schema and its own name, as all tenants' are alike. */
export type LeftIndex = { readonly text: string; readonly why: string }

/** @param types of the schema: they are shared, and may be named */
export function neededBy(table: Table, types: ReadonlySet<string>): Need[] {
  const inText = (where: string, text: string | null): Need[] =>
    text === null
      ? []
      : namesIn(text, table.schema)
          .filter(name => !types.has(name))
          .map(routine => ({ where, routine }))
  return [
    ...table.columns.flatMap(({ name, sequence, default: value, generated }) =>
      inText(name, generated ?? (sequence === null ? value : null)),
    ),
    ...table.constraints
      .filter(({ type }) => type === 'check' || type === 'exclusion')
      .flatMap(({ name, definition }) => inText(name, definition)),
    ...table.indexes.flatMap(index =>
      inText(index.name, index.definition.slice(index.definition.indexOf(' USING '))).map(need =>
        index.unique ? need : { ...need, spare: index },
      ),
    ),
  ]
}

/** A domain's check may call a function. */
export const neededByTypes = ({ types }: SharedTypes): string[] =>
  [...types.values()].flatMap(({ needs }) => needs.filter(name => !types.has(name)))

/** Why the function stays: what its own note says. */
const whyStays = ({ notes }: SharedCode, routine: string): string =>
  notes.find(({ object }) => object.startsWith(`function ${routine}(`))?.detail ??
  'it is no function that could be carried over'

const carriedRoutines = ({ functions }: SharedCode): ReadonlySet<string> =>
  new Set(functions.map(({ one }) => one.about.routine))

/** The table without the indexes that need a function which stays. Unique ones are rules, and in the way. */
export function withoutSpares(
  table: SharedTable,
  types: ReadonlySet<string>,
  code: SharedCode,
): { readonly table: SharedTable; readonly notes: readonly Hazard[] } {
  const carried = carriedRoutines(code)
  const left = new Map<Index, string>()
  for (const { spare, routine } of neededBy(table.model, types)) {
    if (spare !== undefined && !carried.has(routine))
      left.set(spare, left.get(spare) ?? `it uses ${routine}(), which stays (${whyStays(code, routine)})`)
  }
  if (left.size === 0) return { table, notes: [] }
  const { schema, name, indexes } = table.model
  return {
    table: {
      ...table,
      model: { ...table.model, indexes: indexes.filter(index => !left.has(index)) },
      leftIndexes: [...left].map(([{ definition }, why]) => ({ text: indexText(definition, schema), why })),
    },
    notes: [...left].map(([index, why]) => ({
      code: 'not-carried-over',
      object: `index ${index.name} on ${name}`,
      table: name,
      detail: `${why}; the new table is without it: ${index.definition}`,
      hint: 'make one for the shared table in the workspace, where queries need it',
      blocks: false,
    })),
  }
}

/**
 * Tenants whose column, rule or type needs a function which stays, where most have none of it: they are left out, and the
 * others go on.
 * @param copies the tenants' own tables and types
 * @returns schema and reason
 */
export function leftByCode(
  models: readonly Table[],
  types: SharedTypes,
  code: SharedCode,
  copies: {
    readonly tables: readonly Table[]
    readonly types: readonly UserType[]
    readonly tenants: number
  },
): [schema: string, reason: string][] {
  const carried = carriedRoutines(code)
  const names = namesOf(types)
  const few = (schemas: readonly string[], reason: string): [string, string][] =>
    schemas.length * 2 < copies.tenants ? schemas.map(schema => [schema, reason]) : []
  const reason = (where: string, routine: string) =>
    `${where} uses ${routine}(), which stays (${whyStays(code, routine)})`
  return [
    ...models.flatMap(model =>
      neededBy(model, names)
        .filter(({ routine, spare }) => spare === undefined && !carried.has(routine))
        .flatMap(({ where, routine }) => {
          const having = copies.tables.filter(
            table =>
              table.name === model.name &&
              neededBy(table, names).some(one => one.where === where && one.routine === routine),
          )
          return few(
            having.map(({ schema }) => schema),
            `${model.name}: ${reason(where, routine)}`,
          )
        }),
    ),
    ...[...types.types].flatMap(([name, { needs }]) =>
      needs
        .filter(need => !names.has(need) && !carried.has(need))
        .flatMap(routine =>
          few(
            copies.types.filter(type => type.name === name).map(({ schema }) => schema),
            reason(`the type ${name}`, routine),
          ),
        ),
    ),
  ]
}

/** Tables and types that need a function which stays cannot be made: each blocks, until the table is left. */
export function codeInTheWay(models: readonly Table[], types: SharedTypes, code: SharedCode): Hazard[] {
  const carried = carriedRoutines(code)
  const names = namesOf(types)
  const hazard = (object: string, where: string, routine: string): Hazard => ({
    code: 'code-in-schema',
    object,
    detail: `${where} uses ${routine}() of the tenant's own schema, which stays (${whyStays(code, routine)})`,
    hint: `leave it where it is: tables: { ${JSON.stringify(object)}: { leave: true } }`,
    blocks: true,
  })
  return [
    ...models.flatMap(model =>
      neededBy(model, names)
        .filter(({ routine }) => !carried.has(routine))
        .map(({ where, routine }) => ({ ...hazard(model.name, where, routine), table: model.name })),
    ),
    ...[...types.types].flatMap(([name, { needs }]) =>
      needs
        .filter(need => !names.has(need) && !carried.has(need))
        .map(routine => ({ ...hazard(name, 'the type', routine), hint: 'change the type, in every tenant' })),
    ),
  ]
}
