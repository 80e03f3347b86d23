/** What one table has that the engine does not fold yet, and what becomes otherwise by folding. Pure. */
import type { Table } from './catalog.ts'
import type { Hazard } from './hazards.ts'
import { namesIn } from './shapes/names.ts'

export type Surroundings = {
  /** Types of the table's schema: they are shared, and may be named. */
  readonly types: ReadonlySet<string>
  /** Whether a uuid can stand in an exclusion constraint. */
  readonly hasBtreeGist: boolean
}

export function unfoldable(table: Table, { types, hasBtreeGist }: Surroundings): Hazard[] {
  const name = table.name
  const leave = `leave it where it is: tables: { ${JSON.stringify(name)}: { leave: true } }`
  const hazard = (code: string, detail: string, hint: string, blocks: boolean): Hazard => ({
    code,
    object: name,
    table: name,
    detail,
    hint,
    blocks,
  })
  const block = (code: string, detail: string, hint = leave) => hazard(code, detail, hint, true)
  const note = (code: string, detail: string, hint = 'nothing to do') => hazard(code, detail, hint, false)
  const hazards: Hazard[] = []
  if (table.kind === 'foreign')
    hazards.push(block('foreign-table', 'is a foreign table: its rows are elsewhere'))
  if (table.kind === 'partitioned') {
    hazards.push(
      note(
        'partitioned',
        'is partitioned: its rows are moved to one plain table',
        'partition the new one where it is very large',
      ),
    )
  }
  if (table.partitionElsewhere) {
    hazards.push(
      block('partition-elsewhere', "is a partition of another schema's table: its rows are that table's too"),
    )
  }
  if (table.inherits && !table.partition && !table.partitionElsewhere && table.kind === 'table') {
    hazards.push(
      block('inheritance', 'inherits from a table, or is inherited from: its rows would be doubled'),
    )
  }
  if (table.unlogged)
    hazards.push(note('unlogged', 'is unlogged: the new table is logged, and outlives a crash'))
  if (!table.constraints.some(({ type }) => type === 'primary')) {
    hazards.push(
      note(
        'no-primary-key',
        'has no primary key: a row that differs is named by its hash, and the API looks none up',
        'add one where you can',
      ),
    )
  }
  for (const column of table.columns) {
    if (column.sequence !== null && (!/^int[248]$/.test(column.base) || !column.notNull)) {
      hazards.push(
        block(
          'odd-serial',
          `${column.name} is numbered, and is ${column.type}${column.notNull ? '' : ', nullable'}`,
        ),
      )
    } else if (column.sequence !== null && !column.serial && column.identity === null) {
      hazards.push(
        note(
          'shared-sequence',
          `${column.name} draws from ${column.sequence}, which it does not own: it gets a sequence of its own`,
          'nothing to do, unless numbers had to be unique across tables',
        ),
      )
    }
    if (column.base === 'oid' || column.base === 'lo') {
      hazards.push(
        note(
          'large-object',
          `${column.name} may refer to large objects: they stay where they are, and know no organization`,
          'move their bytes into a bytea column',
        ),
      )
    }
  }
  for (const { name: column, type, typeSchema } of table.columns) {
    if (typeSchema === table.schema && namesIn(type, table.schema).some(one => !types.has(one))) {
      hazards.push(block('row-type', `${column} is of a table's row type: ${type}`))
    }
  }
  for (const { name: rule, type, columns, references } of table.constraints) {
    if (references && columns.length > 1 && references.matchFull) {
      hazards.push(block('match-full', `foreign key ${rule} is "match full" over several columns`))
    }
    if (references?.onUpdate.startsWith('set')) {
      hazards.push(block('on-update-set', `foreign key ${rule} is "on update ${references.onUpdate}"`))
    }
    if (type === 'exclusion' && !hasBtreeGist) {
      hazards.push(
        block(
          'exclusion',
          `constraint ${rule} would exclude across tenants`,
          `as a superuser: create extension btree_gist; or ${leave}`,
        ),
      )
    }
  }
  return hazards
}
