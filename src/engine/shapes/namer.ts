/** Names of constraints and indexes of the shared tables, because the old ones carry the old table's name. Pure. */

export type Suffix = 'pkey' | 'key' | 'idx' | 'fkey' | 'numbers'

export type Namer = {
  (columns: readonly string[], suffix: Suffix): string
  check(name: string): string
  index(name: string): string
}

/**
 * Names in Postgres' convention, at most 63 bytes: of constraints unique within the table, of indexes within the schema.
 * @param relations names of tables and indexes in the target schema
 */
export function namer(source: string, target: string, relations: Set<string>): Namer {
  const constraints = new Set<string>()
  const unique = (wanted: string): string => {
    for (let number = 0; ; number++) {
      const suffix = number === 0 ? '' : String(number)
      const name = cut(wanted, 63 - suffix.length) + suffix
      if (!constraints.has(name) && !relations.has(name)) {
        constraints.add(name)
        return name
      }
    }
  }
  const index = (name: string) => {
    relations.add(name)
    return name
  }
  const named = (columns: readonly string[], suffix: Suffix) => {
    const name = unique(`${cut([target, ...columns].join('_'), 62 - suffix.length)}_${suffix}`)
    return suffix === 'fkey' ? name : index(name)
  }
  named.check = (name: string) => unique(renamed(name, source, target))
  named.index = (name: string) => index(unique(renamed(name, source, target)))
  return named
}

/** A name that began with the old table's begins with the new one's. */
const renamed = (name: string, source: string, target: string) =>
  name.startsWith(source) ? target + name.slice(source.length) : name

/** At most `bytes` of UTF-8, on a character's border. */
function cut(text: string, bytes: number): string {
  let result = text
  while (Buffer.byteLength(result) > bytes) result = [...result].slice(0, -1).join('')
  return result
}
