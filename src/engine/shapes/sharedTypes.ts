/**
 * Types that every tenant has in its own schema → one type for all in the target schema. Enums get all labels that any
 * tenant has; of other kinds the majority's definition counts, and a tenant whose definition is another one does not fit.
 * Pure.
 */
import type { UserType } from '../catalog/catalog.ts'
import type { Hazard } from '../inspect/hazards.ts'
import { namesIn, renameIn, withoutSchema } from './names.ts'

export type PlannedType = {
  readonly source: string
  readonly target: { readonly schema: string; readonly name: string }
  readonly kind: UserType['kind']
  readonly labels: readonly string[]
  /** For all but enums; names of shared types in it are the target's. */
  readonly definition: string
  readonly comment: string | null
  /** It was there before the plan. */
  readonly adopted: boolean
}

export type SharedType = {
  /** As one tenant has it; an enum with the labels of all. */
  readonly model: UserType
  /** Other types of the schema that it is made of. */
  readonly needs: readonly string[]
}

export type SharedTypes = {
  /** By name, in an order in which they can be created. */
  readonly types: ReadonlyMap<string, SharedType>
  /** Schema → why the tenant does not fit. */
  readonly unfit: ReadonlyMap<string, string>
  readonly notes: readonly Hazard[]
}

/** Every name that stands for one of them: a range's multirange comes with it. */
export const namesOf = ({ types }: Pick<SharedTypes, 'types'>): Set<string> =>
  new Set([...types].flatMap(([name, { model }]) => (model.multirange ? [name, model.multirange] : [name])))

/** Whether a collation of the name is one for all. */
export const isCollation = ({ types }: Pick<SharedTypes, 'types'>, name: string): boolean =>
  types.get(name)?.model.kind === 'collation'

/** @param types of the tenants that are moved */
export function shareTypes(types: readonly UserType[]): SharedTypes {
  const shared = new Map<string, SharedType>()
  const unfit = new Map<string, string>()
  const notes: Hazard[] = []
  const ranges = new Map(types.flatMap(({ multirange, name }) => (multirange ? [[multirange, name]] : [])))
  for (const [name, copies] of Map.groupBy(types, type => type.name)) {
    const forms = [...Map.groupBy(copies, formOf).values()].sort((a, b) => b.length - a.length)
    const [[model] = [], ...others] = forms
    if (model === undefined) continue
    if (copies.every(({ kind }) => kind === 'enum')) {
      const labels = unionOf(forms.map(([one]) => one?.labels ?? []))
      shared.set(name, { model: { ...model, labels }, needs: [] })
      notes.push(...enumNotes(name, labels, forms))
      continue
    }
    for (const { schema, kind, definition } of others.flat()) {
      unfit.set(
        schema,
        kind === 'collation' && model.kind === 'collation'
          ? `collation ${name} is made otherwise: ${definition}, and ${model.definition} elsewhere`
          : `type ${name} is ${kind} ${definition}, and ${model.kind} ${model.definition} elsewhere`,
      )
    }
    const needs = namesIn(model.definition, model.schema)
      .map(one => ranges.get(one) ?? one)
      // A range names its multirange, which comes with it.
      .filter(one => one !== name)
    shared.set(name, { model, needs })
  }
  return { types: inOrder(shared), unfit, notes }
}

const formOf = ({ kind, labels, definition, schema }: UserType) =>
  JSON.stringify([kind, labels, withoutSchema(definition, schema)])

/**
 * The first list with what the others have besides it, each label behind the one it follows there: the order of the
 * first is kept, and that of the others wherever it does not contradict.
 */
export function unionOf([first = [], ...others]: readonly (readonly string[])[]): string[] {
  const union = [...first]
  for (const labels of others) {
    for (const [at, label] of labels.entries()) {
      if (union.includes(label)) continue
      const before = at === 0 ? -1 : union.indexOf(labels[at - 1] as string)
      union.splice(before + 1, 0, label)
    }
  }
  return union
}

function enumNotes(name: string, labels: readonly string[], forms: readonly UserType[][]): Hazard[] {
  const [[model] = []] = forms
  return forms.slice(1).flatMap(same => {
    const [one] = same
    if (one === undefined || model === undefined) return []
    const tenants = same.map(({ schema }) => schema)
    const places = one.labels.map(label => labels.indexOf(label))
    const isInOrder = places.every((place, at) => at === 0 || place > (places[at - 1] ?? -1))
    const more = one.labels.filter(label => !model.labels.includes(label))
    const less = model.labels.filter(label => !one.labels.includes(label))
    const differs = [
      more.length > 0 ? `has also ${more.join(', ')}` : '',
      less.length > 0 ? `lacks ${less.join(', ')}` : '',
    ]
    return [
      {
        code: isInOrder ? 'enum-labels' : 'enum-order',
        object: name,
        detail: `${differs.filter(Boolean).join(' and ') || 'has the same labels in another order'} in ${some(tenants)}; the shared type is (${labels.join(', ')})${isInOrder ? '' : ': comparisons and sorting change there'}`,
        hint: isInOrder ? 'nothing to do' : 'sort by something else there, or leave those tenants out',
        blocks: false,
        ...(tenants.length === 1 ? { tenant: tenants[0] as string } : {}),
      },
    ]
  })
}

/** At most five names. */
export const some = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`

/** What a type is made of comes before it; types of equal need by name. */
function inOrder(types: ReadonlyMap<string, SharedType>): Map<string, SharedType> {
  const ordered = new Map<string, SharedType>()
  const add = (name: string) => {
    const type = types.get(name)
    if (type === undefined || ordered.has(name)) return
    for (const need of type.needs) add(need)
    ordered.set(name, type)
  }
  for (const name of [...types.keys()].sort()) add(name)
  return ordered
}

/** The types to create. @param rename what becomes of a name in the tenants' schema */
export const plannedTypes = (
  { types }: SharedTypes,
  schema: string,
  nameOf: (type: string) => string,
  rename: (object: string) => string,
): PlannedType[] =>
  [...types].map(([source, { model }]) => ({
    source,
    target: { schema, name: nameOf(source) },
    kind: model.kind,
    labels: model.labels,
    definition: renameIn(model.definition, model.schema, rename),
    comment: model.comment,
    adopted: false,
  }))
