/** How a table is kept, besides what it is: what the new one has of it too, and what is listed instead. Pure. */
import { ident, qualified } from '../../postgres/identifiers.ts'
import type { Hazard } from '../inspect/hazards.ts'
import type { Column, OtherObject, Table } from './catalog.ts'

/** The plan itself holds autovacuum back while it loads, and lets go in the end, whatever tenants said. */
const ofAutovacuum = /^(toast\.)?autovacuum_enabled=/
const isOn = /=(t|tr|tru|true|on|y|ye|yes|1)$/i

/** Storage parameters that the new table has too. */
export const keptOptions = ({ options }: Pick<Table, 'options'>): readonly string[] =>
  (options ?? []).filter(option => !ofAutovacuum.test(option))

const compression = /^set compression (.*)$/
const isPossible = (how: string, compressions: readonly string[]): boolean => {
  const [, method] = compression.exec(how) ?? []
  return method === undefined || compressions.includes(method)
}

/** What can be said of a new column, on a server that compresses so. */
export function tunedFor(all: Column['tuned'], compressions: readonly string[]): Pick<Column, 'tuned'> {
  const tuned = (all ?? []).filter(how => isPossible(how, compressions))
  return tuned.length === 0 ? {} : { tuned }
}

/** Values are the same, however they are compressed. */
export const otherCompressions = (tables: readonly Table[], compressions: readonly string[]): Hazard[] =>
  tables.flatMap(({ name, columns }) =>
    columns.flatMap(({ name: column, tuned = [] }) =>
      tuned
        .filter(how => !isPossible(how, compressions))
        .map(how => ({
          code: 'compression',
          object: `${name}.${column}`,
          detail: `is compressed by ${compression.exec(how)?.[1]}, which the server of the new table cannot: it is compressed as usual there`,
          hint: 'nothing to do',
          blocks: false,
          table: name,
        })),
    ),
  )

/** What is said of a table that the new one does not have: as objects of their own, for whoever lists what stays behind. */
export const settingsLeft = (tables: readonly Table[]): OtherObject[] =>
  tables.filter(({ partition }) => !partition).flatMap(leftOf)

function leftOf(table: Table): OtherObject[] {
  const { schema, name, options, replicaIdentity, clusteredBy, tablespaces, accessMethod } = table
  const left = (kind: string, how: string): OtherObject => ({
    schema,
    name: ident(name),
    kind,
    definition: `alter table ${qualified(schema, name)} ${how}`,
    about: null,
  })
  const off = (options ?? []).filter(option => ofAutovacuum.test(option) && !isOn.test(option))
  return [
    ...(off.length === 0 ? [] : [left('autovacuum', `set (${off.join(', ')})`)]),
    ...(replicaIdentity == null ? [] : [left('replica identity', `replica identity ${replicaIdentity}`)]),
    ...(clusteredBy == null ? [] : [left('cluster mark', `cluster on ${clusteredBy}`)]),
    ...(tablespaces == null ? [] : [left('tablespace', `set tablespace ${tablespaces}`)]),
    ...(accessMethod == null ? [] : [left('access method', `set access method ${accessMethod}`)]),
  ]
}
