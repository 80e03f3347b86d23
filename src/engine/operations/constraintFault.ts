/** What verify asks of a constraint. */
import { literal } from '../../postgres/identifiers.ts'

/**
 * A row when the constraint is missing, was never validated, or says something else than planned.
 * @param definition absent: any (Postgres prints some expressions of checks otherwise than it read them)
 * @param validated false: it need not be, because rows lead nowhere in the source already
 */
export const constraintFault = (table: string, name: string, definition?: string, validated = true): string =>
  `select ${literal(`constraint ${name} of ${table} is missing or not valid`)}
where not exists (
  select from pg_constraint where conrelid = to_regclass(${literal(table)}) and conname = ${literal(name)}${validated ? ' and convalidated' : ''}${
    definition === undefined
      ? ''
      : `\n    and ${alike(`replace(pg_get_constraintdef(oid), ' NOT VALID', '')`)} = ${alike(literal(definition))}`
  }
)`

/** The same, of a text that is at hand. */
export const alikeText = (text: string): string =>
  text.toLowerCase().replaceAll(' (', '(').replaceAll('"', '')

/**
 * Postgres writes key words in capitals, and no space before the columns that a foreign key refers to;
 * which words it quotes differs between its versions.
 */
const alike = (text: string) => `replace(replace(lower(${text}), ' (', '('), '"', '')`
