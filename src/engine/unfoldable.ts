/** What in one table's definition cannot be folded yet: each blocks until it is changed or the table is left out. Pure. */
import type { Table } from './catalog.ts'
import type { Hazard } from './hazards.ts'
import { withoutSchema } from './shape.ts'

export function unfoldable(table: Table): Hazard[] {
  const name = table.name
  const block = (code: string, detail: string, hint: string): Hazard => ({
    code,
    object: name,
    table: name,
    detail,
    hint,
    blocks: true,
  })
  const leave = `leave it where it is: tables: { ${JSON.stringify(name)}: { leave: true } }`
  const hazards: Hazard[] = []
  if (table.kind !== 'table' || table.partition) {
    hazards.push(
      block('partitioned', `is a ${table.kind} table${table.partition ? ' or a partition' : ''}`, leave),
    )
  }
  if (table.inherits && !table.partition && table.kind === 'table') {
    hazards.push(
      block('inheritance', 'inherits from a table, or is inherited from: its rows would be doubled', leave),
    )
  }
  if (!table.constraints.some(constraint => constraint.type === 'primary')) {
    hazards.push(
      block('no-primary-key', 'rows cannot be told apart without a primary key', `add one, or ${leave}`),
    )
  }
  for (const column of table.columns) {
    if (column.typeSchema === table.schema) {
      hazards.push(
        block(
          'type-in-schema',
          `${column.name} has a type of the tenant's own schema: ${column.type}`,
          leave,
        ),
      )
    }
    if (column.serial && !/^int[248]$/.test(column.base)) {
      hazards.push(block('odd-serial', `${column.name} is numbered, and is ${column.type}`, leave))
    }
    if (column.default?.includes('nextval(') && !column.serial) {
      hazards.push(
        block(
          'foreign-sequence',
          `${column.name} draws from a sequence it does not own`,
          `own it: alter sequence … owned by, or ${leave}`,
        ),
      )
    }
  }
  const mentionsSchema = (text: string | null) => text !== null && withoutSchema(text, table.schema) !== text
  const code = [
    ...table.columns.filter(column => !column.serial && mentionsSchema(column.default ?? column.generated)),
    ...table.constraints.filter(
      constraint => constraint.type === 'check' && mentionsSchema(constraint.definition),
    ),
    ...table.indexes.filter(index =>
      mentionsSchema(index.definition.slice(index.definition.indexOf(' USING '))),
    ),
  ]
  for (const { name: where } of code) {
    hazards.push(block('code-in-schema', `${where} uses a function of the tenant's own schema`, leave))
  }
  for (const constraint of table.constraints) {
    if (constraint.references && constraint.columns.length > 1 && constraint.references.matchFull) {
      hazards.push(
        block('match-full', `foreign key ${constraint.name} is "match full" over several columns`, leave),
      )
    }
    if (constraint.references?.onUpdate.startsWith('set')) {
      hazards.push(
        block(
          'on-update-set',
          `foreign key ${constraint.name} is "on update ${constraint.references.onUpdate}"`,
          leave,
        ),
      )
    }
    if (constraint.type === 'check' && !constraint.validated) {
      const hint = `alter table … validate constraint ${constraint.name} in every tenant, or ${leave}`
      hazards.push(
        block('not-validated', `check ${constraint.name} was never held against the old rows`, hint),
      )
    }
    if (constraint.type === 'exclusion') {
      hazards.push(block('exclusion', `constraint ${constraint.name} would exclude across tenants`, leave))
    }
  }
  return hazards
}
