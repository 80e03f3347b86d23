/** How much a hazard weighs: told, in the way, or in the way until the spec takes it as it is. Pure. */
import type { Hazard } from '../inspect/hazards.ts'

type Told = Omit<Hazard, 'blocks' | 'acceptable'>

export const note = (told: Told): Hazard => ({ ...told, blocks: false })
export const block = (told: Told): Hazard => ({ ...told, blocks: true })
export const unlessAccepted = (told: Told): Hazard => ({
  ...told,
  hint: `${told.hint}; or take it as it is: accept: ['${told.code}:${told.object}']`,
  blocks: true,
  acceptable: true,
})

export const leave = (source: string) =>
  `leave the table to everybody: tables: { ${JSON.stringify(source)}: { scope: false } }`

/** `code:object`, as `accept` names one hazard; `code` alone names all of its kind. */
export const isAccepted = (accept: readonly string[], { code, object, acceptable }: Hazard): boolean =>
  acceptable === true && (accept.includes(code) || accept.includes(`${code}:${object}`))
