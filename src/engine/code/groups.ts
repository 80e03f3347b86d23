/** One object of code in all tenants, by its name: how many forms it has, and who lacks it. Pure. */
import type { OtherObject } from '../catalog/catalog.ts'
import { withoutSchema } from '../shapes/names.ts'
import { some } from '../shapes/sharedTypes.ts'

export type Group = {
  readonly kind: string
  /** Without the schema. */
  readonly name: string
  /** The most common form's first. */
  readonly forms: readonly (readonly OtherObject[])[]
  readonly one: OtherObject
}

export const nameIn = ({ name, schema }: Pick<OtherObject, 'name' | 'schema'>): string =>
  withoutSchema(name, schema).replaceAll('"', '')

/** @param formOf what is alike where two copies are */
export function groupsOf(others: readonly OtherObject[], formOf: (other: OtherObject) => string): Group[] {
  return [...Map.groupBy(others, other => `${other.kind} ${nameIn(other)}`).values()].flatMap(copies => {
    const forms = [...Map.groupBy(copies, formOf).values()].sort((a, b) => b.length - a.length)
    const one = forms[0]?.[0]
    return one === undefined ? [] : [{ kind: one.kind, name: nameIn(one), forms, one }]
  })
}

/** Why it cannot be one for all; null where it is the same for everybody. @param tenants who would need it */
export function whyNotAlike({ forms }: Group, tenants: readonly string[]): string | null {
  const [, ...unlike] = forms
  if (unlike.length > 0) return `other code in ${some(unlike.flat().map(({ schema }) => schema))}`
  const here = new Set(forms.flat().map(({ schema }) => schema))
  const lacking = tenants.filter(schema => !here.has(schema))
  return lacking.length === 0 ? null : `not in ${some(lacking)}`
}
