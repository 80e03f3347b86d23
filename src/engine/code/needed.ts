/** What tables and types cannot do without of their schema's code. Pure. */
import type { Table } from '../catalog.ts'
import type { Hazard } from '../hazards.ts'
import { namesIn } from '../shapes/names.ts'
import { namesOf, type SharedTypes } from '../shapes/sharedTypes.ts'
import type { SharedCode } from './shareCode.ts'

export type Need = {
  /** The column, constraint or index. */
  readonly where: string
  readonly routine: string
}

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
    ...table.indexes.flatMap(({ name, definition }) =>
      inText(name, definition.slice(definition.indexOf(' USING '))),
    ),
  ]
}

/** A domain's check may call a function. */
export const neededByTypes = ({ types }: SharedTypes): string[] =>
  [...types.values()].flatMap(({ needs }) => needs.filter(name => !types.has(name)))

/** Tables and types that need a function which stays cannot be made: each blocks, until the table is left. */
export function codeInTheWay(models: readonly Table[], types: SharedTypes, code: SharedCode): Hazard[] {
  const carried = new Set(code.functions.map(({ one }) => one.about.routine))
  const names = namesOf(types)
  const stays = (routine: string) =>
    code.notes.find(({ object }) => object.startsWith(`function ${routine}(`))?.detail ??
    'it is no function that could be carried over'
  const hazard = (object: string, where: string, routine: string): Hazard => ({
    code: 'code-in-schema',
    object,
    detail: `${where} uses ${routine}() of the tenant's own schema, which stays (${stays(routine)})`,
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
