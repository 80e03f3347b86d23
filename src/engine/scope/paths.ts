/**
 * From every table to the root, one reference after the other. Pure. Each table has one best path; together they are a
 * tree, so that a table's other candidates are one reference of its own and then the best path from there: enough to
 * find rows that lead to two owners, and as many as there are references however many circles they make.
 */
import { isNamedAfter, type Reference } from './references.ts'

/** One reference on the way: `columns` refer to `keys` of `table`. */
export type Hop = {
  readonly table: string
  readonly columns: readonly string[]
  readonly keys: readonly string[]
  readonly declared: boolean
}

export type Path = readonly Hop[]

/** What is worse first: ways that rows need not have, that nobody declared, that are long, that are named otherwise. */
type Cost = readonly [optional: number, guessed: number, length: number, unnamed: number, text: string]

type Way = { readonly path: Path; readonly cost: Cost }

/** @returns by table: its candidates, the best one first; tables without a way are not in it, nor is the root */
export function findPaths(root: string, references: readonly Reference[]): Map<string, readonly Path[]> {
  const best = bestWays(root, references)
  const candidates = new Map<string, Way[]>()
  for (const reference of references) {
    const rest = best.get(reference.to)
    if (rest === undefined || reference.from === root) continue
    if (rest.path.some(({ table }) => table === reference.from)) continue
    candidates.set(reference.from, [...(candidates.get(reference.from) ?? []), prepend(reference, rest)])
  }
  return new Map(
    [...candidates].map(([source, ways]) => [
      source,
      ways.sort((a, b) => compare(a.cost, b.cost)).map(({ path }) => path),
    ]),
  )
}

/** From the root outwards, always the cheapest that is left: a hop only ever makes a way dearer. */
function bestWays(root: string, references: readonly Reference[]): Map<string, Way> {
  const into = Map.groupBy(references, ({ to }) => to)
  const done = new Map<string, Way>()
  const open = new Map<string, Way>([[root, { path: [], cost: [0, 0, 0, 0, ''] }]])
  while (open.size > 0) {
    const [source, way] = [...open].reduce((a, b) => (compare(a[1].cost, b[1].cost) <= 0 ? a : b))
    open.delete(source)
    done.set(source, way)
    for (const reference of into.get(source) ?? []) {
      if (done.has(reference.from)) continue
      const made = prepend(reference, way)
      const known = open.get(reference.from)
      if (known === undefined || compare(made.cost, known.cost) < 0) open.set(reference.from, made)
    }
  }
  return done
}

function prepend({ from, to, columns, keys, declared, optional }: Reference, { path, cost }: Way): Way {
  const [options, guessed, length, unnamed, text] = cost
  return {
    path: [{ table: to, columns, keys, declared }, ...path],
    cost: [
      options + Number(optional),
      guessed + Number(!declared),
      length + 1,
      unnamed + Number(!isNamedAfter(columns, to)),
      `${from} ${columns.join(' ')} ${text}`,
    ],
  }
}

function compare(a: Cost, b: Cost): number {
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? 0
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}

/** `upload_id → uploads, user_id → users` */
export const pathText = (path: Path): string =>
  path
    .map(
      ({ table, columns, declared }) => `${columns.join(', ')} → ${table}${declared ? '' : ' (by its name)'}`,
    )
    .join(', ')
