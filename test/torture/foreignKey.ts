/** A foreign key between random tables: composite, to itself, in circles, to what a unique index or a computed column is. */
import type { Kind } from './palette.ts'
import type { Random } from './random.ts'
import { idents, type TColumn, type TTable } from './schema.ts'

/** From any table to any table, itself included: columns of their own, or ones that are there. */
export function foreignKey(random: Random, tables: readonly TTable[]): void {
  const from = random.of(tables.filter(one => one.columns.length > 0))
  const to = random.chance(0.1)
    ? from
    : random.of(tables.filter(one => one.referable.length > 0 && !one.unlogged))
  if (to.referable.length === 0 || to.unlogged) return
  const references = random.of(to.referable)
  const columns = references.map(name => {
    const kind = to.columns.find(one => one.name === name)?.kind as Kind
    const type = kind.type
      .replace('bigserial', 'bigint')
      .replace('smallserial', 'smallint')
      .replace('serial', 'integer')
    const made: TColumn = {
      name: `f${from.columns.length}_id`,
      kind: { type, value: () => 'null' },
      notNull: false,
      // A domain's own default would lead nowhere.
      more: 'default null',
      numbered: false,
      generated: false,
    }
    from.columns.push(made)
    return made.name
  })
  const generated = references.some(name => to.columns.find(one => one.name === name)?.generated)
  const onDelete = random.of([
    '',
    '',
    ' on delete cascade',
    ' on delete restrict',
    ' on delete set null',
    ' on delete set default',
    ` on delete set null (${idents(columns.slice(0, 1))})`,
  ])
  const onUpdate = generated ? '' : random.of(['', '', '', ' on update cascade', ' on update restrict'])
  const how = random.of(['', '', ' deferrable', ' deferrable initially deferred'])
  const match = columns.length === 1 ? random.of(['', '', ' match full']) : ''
  from.foreignKeys.push({
    name: random.chance(0.5)
      ? ''
      : `${from.name.slice(0, 30)} to ${to.name.slice(0, 20)} ${from.columns.length}`,
    columns,
    to: to.name,
    references,
    actions: `${match}${onUpdate}${onDelete}${how}`,
  })
}
