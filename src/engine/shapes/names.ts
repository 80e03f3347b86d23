/**
 * SQL text that names objects of one schema, as Postgres prints it with an empty search path: `acme.mood`,
 * `"Umbrella Corp"."Mood"`. Found by tokens, so that neither a string constant nor a longer name is taken for one. Pure.
 */

const name = `"(?:[^"]|"")+"|[a-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*`
/** A string constant, or a name with what follows it after a dot. */
const token = new RegExp(`'(?:[^']|'')*'|(${name})(?:\\.(${name}))?`, 'gi')

const bare = (quoted: string) => (quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted)

/** Replaces every `schema.object` by what `to` makes of the object's bare name. */
export const renameIn = (text: string, schema: string, to: (object: string) => string): string =>
  text.replaceAll(token, (all: string, first?: string, second?: string) =>
    first !== undefined && second !== undefined && bare(first) === schema ? to(bare(second)) : all,
  )

/** The bare names of the schema's objects that the text names. */
export function namesIn(text: string, schema: string): string[] {
  const found: string[] = []
  renameIn(text, schema, object => {
    found.push(object)
    return object
  })
  return found
}

/** The schemas that the text names anything of, their bare names. */
export function schemasIn(text: string): Set<string> {
  const found = new Set<string>()
  for (const [, first, second] of text.matchAll(token)) {
    if (first !== undefined && second !== undefined) found.add(bare(first))
  }
  return found
}

/** Text that two schemas can be compared by: `acme.mood` and `globex.mood` are both `mood`. */
export const withoutSchema = (text: string, schema: string): string =>
  renameIn(text, schema, object => `"${object}"`)
