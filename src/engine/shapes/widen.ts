/**
 * Types that differ between tenants: the one that holds all of their values, when no value's text changes on the way.
 * `integer` and `bigint` give `bigint`; `numeric(8,2)` and `numeric(8,4)` give `numeric`, which keeps `1.50` and `1.5000`
 * apart; `real` and `double precision` give nothing, because the text of a float changes. Pure.
 */

const integers = ['smallint', 'integer', 'bigint']

/** @returns null where nothing holds both without changing a text */
export function widest(types: readonly string[]): string | null {
  const [first, ...rest] = [...new Set(types)]
  if (first === undefined) return null
  return rest.reduce<string | null>((wide, type) => (wide === null ? null : pair(wide, type)), first)
}

function pair(a: string, b: string): string | null {
  if (a === b) return a
  if (a.endsWith('[]') && b.endsWith('[]')) {
    const element = pair(a.slice(0, -2), b.slice(0, -2))
    return element === null ? null : `${element}[]`
  }
  if (integers.includes(a) && integers.includes(b)) {
    return integers[Math.max(integers.indexOf(a), integers.indexOf(b))] ?? null
  }
  // A whole number's text is the same as numeric's; with a scale it would become `1.00`.
  if (isNumber(a) && isNumber(b)) return 'numeric'
  const [m, n] = [length(a), length(b)]
  if (m !== null && n !== null)
    return Math.max(m, n) === Number.POSITIVE_INFINITY
      ? textLike(a, b)
      : `character varying(${Math.max(m, n)})`
  return null
}

const isNumber = (type: string) => integers.includes(type) || /^numeric(\(\d+,-?\d+\))?$/.test(type)

/** Of `text` and `varchar`; null for other types. */
function length(type: string): number | null {
  if (type === 'text' || type === 'character varying') return Number.POSITIVE_INFINITY
  const limited = /^character varying\((\d+)\)$/.exec(type)
  return limited ? Number(limited[1]) : null
}

const textLike = (a: string, b: string) => (a === 'text' || b === 'text' ? 'text' : 'character varying')
