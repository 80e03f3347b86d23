/** How a table is kept, besides what it is: what the new one has of it too, and what is listed instead. Pure. */
import { ident, qualified } from '../postgres/identifiers.ts'
import type { OtherObject, Table } from './catalog.ts'

/** The plan itself holds autovacuum back while it loads, and lets go in the end, whatever tenants said. */
const ofAutovacuum = /^(toast\.)?autovacuum_enabled=/
const isOn = /=(t|tr|tru|true|on|y|ye|yes|1)$/i

/** Storage parameters that the new table has too. */
export const keptOptions = ({ options }: Pick<Table, 'options'>): readonly string[] =>
  (options ?? []).filter(option => !ofAutovacuum.test(option))

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
