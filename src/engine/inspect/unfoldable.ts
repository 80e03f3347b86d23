/** What one table has that the engine does not fold yet, and what becomes otherwise by folding. Pure. */
import type { Constraint, Table } from '../catalog/catalog.ts'
import { mostColumns } from '../shapes/columns.ts'
import { drawsOddly, isIdentity } from '../shapes/drawing.ts'
import type { Foreign } from '../shapes/foreign.ts'
import { namesIn, renameIn } from '../shapes/names.ts'
import type { Hazard } from './hazards.ts'

export type Surroundings = {
  /** What the table and its types name that is not there for all. */
  readonly foreign: Foreign
  /** Whether a uuid can stand in an exclusion constraint. */
  readonly hasBtreeGist: boolean
}

export function unfoldable(table: Table, { foreign, hasBtreeGist }: Surroundings): Hazard[] {
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
  if (table.parts) {
    hazards.push(
      note(
        'inherited-parts',
        'has tables that inherit from it and bring rows alone: all are moved to one plain table, and which of them a row was in is not told any more',
        'partition the new one where it is very large',
      ),
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
    if (column.sequence !== null && drawsOddly(column)) {
      hazards.push(block('odd-serial', `${column.name} draws numbers as one sequence of its own could not`))
    } else if (column.sequence !== null && !isIdentity(column)) {
      hazards.push(
        note(
          'odd-serial',
          `${column.name} draws numbers, and is ${renameIn(column.type, table.schema, type => type)}${column.notNull ? '' : ', nullable'}: it gets a sequence of its own that goes on above every tenant's`,
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
    if (column.counting !== undefined) {
      hazards.push(
        note(
          'counting',
          `${column.name} counts ${column.counting}: the new one counts one by one, above every tenant's highest`,
          'nothing to do, unless the numbers mean something',
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
    if (typeSchema === table.schema && namesIn(type, table.schema).some(one => !foreign.isType(one))) {
      hazards.push(block('row-type', `${column} is of a table's row type: ${type}`))
    }
  }
  for (const { name: column } of table.columns.filter(one => one.notNullUnchecked)) {
    hazards.push(
      note(
        'not-null-unchecked',
        `${column} is "not null" for new rows only: the new column may be empty`,
        'alter table … alter column … set not null, afterwards, where no row is empty',
      ),
    )
  }
  for (const { name: rule, definition } of table.constraints.filter(
    one => one.type === 'check' && !one.validated && !/ NOT ENFORCED/.test(one.definition),
  )) {
    hazards.push(
      note(
        'check-unchecked',
        `${rule} was never held against the rows that were there: ${definition.replace(/ NOT VALID$/, '')}`,
        'nothing to do: where most never did, it stays not valid; where most did, those who break it are left out',
      ),
    )
  }
  for (const { name: rule, references } of table.constraints) {
    if (!references?.onUpdate.startsWith('set') || references.schema !== table.schema) continue
    hazards.push(
      note(
        'on-update-set',
        `foreign key ${rule} is "on update ${references.onUpdate}", which would empty the scope column too: changing an id that rows refer to is refused instead`,
      ),
    )
  }
  if (table.columns.length > mostColumns) {
    hazards.push(
      block('too-many-columns', `has ${table.columns.length} columns, and a table has room for 1600 at most`),
    )
  }
  for (const where of foreign.collations) {
    hazards.push(
      block(
        'own-collation',
        `${where} is sorted by a collation of the tenant's own schema, which has a type of the name`,
      ),
    )
  }
  for (const { where, schema } of foreign.others) {
    hazards.push(
      block(
        'other-tenant',
        `${where} names what is in schema ${schema}, another tenant's`,
        `give the tenant its own, or ${leave}`,
      ),
    )
  }
  for (const rule of table.constraints) {
    const why = whyNot(rule, hasBtreeGist)
    if (why !== null) hazards.push(block(why.code, why.detail, why.remedy && `${why.remedy}; or ${leave}`))
  }
  return hazards
}

const gist = 'as a superuser: create extension btree_gist'

function whyNot(
  { name: rule, type, columns, references, definition, validated }: Constraint,
  hasBtreeGist: boolean,
): { code: string; detail: string; remedy?: string } | null {
  if (references?.matchFull && columns.length > 1 && !validated && !/ NOT ENFORCED$/.test(definition)) {
    return {
      code: 'match-full-unchecked',
      detail: `foreign key ${rule} is "match full" over several columns, and was never checked`,
      remedy: `alter table … validate constraint ${JSON.stringify(rule)}`,
    }
  }
  if (type === 'foreign' && !validated && / PERIOD .*\) REFERENCES /.test(definition)) {
    return { code: 'period-unchecked', detail: `foreign key ${rule} is over a period, and was never checked` }
  }
  if (/ WITHOUT OVERLAPS\)/.test(definition) && !hasBtreeGist) {
    return { code: 'exclusion', detail: `constraint ${rule} would exclude across tenants`, remedy: gist }
  }
  if (type !== 'exclusion') return null
  const method = /^EXCLUDE USING (\w+)/.exec(definition)?.[1] ?? ''
  if (!['gist', 'btree'].includes(method)) {
    return {
      code: 'exclusion',
      detail: `constraint ${rule} excludes by ${method}, whose indexes have one column`,
      remedy: 'exclude by gist or btree',
    }
  }
  return method === 'gist' && !hasBtreeGist
    ? { code: 'exclusion', detail: `constraint ${rule} would exclude across tenants`, remedy: gist }
    : null
}
