/** New ids start above every tenant's highest, and above what any tenant's old sequence already gave out. */
import { ident, literal, qualified } from '../../postgres/identifiers.ts'
import { transfer } from '../apply/transfer.ts'
import { type Plan, tableOf } from '../plan/plan.ts'
import { nameOf } from '../plan/targetTable.ts'
import { readsPlainly, type SharedColumn } from '../shapes/reading.ts'
import type { OperationType } from './operation.ts'

export type SetSequence = { readonly kind: 'set_sequence'; readonly table: string; readonly column: string }

/** Regclass texts of the tenants' own sequences; null where a tenant's column has none. */
function sources(op: SetSequence, plan: Plan): string[] {
  const table = tableOf(plan, op.table)
  const unowned = table.numbered.find(({ name }) => name === op.column)?.sequences ?? null
  return plan.organizations
    .filter(({ schema }) => readsPlainly(table, schema, [op.column]))
    .map(({ schema }) =>
      unowned === null
        ? `(pg_get_serial_sequence(${literal(qualified(schema, op.table))}, ${literal(op.column)}))`
        : `(${literal(unowned[schema] ?? null)}::text)`,
    )
}

/** The highest that was given out; pg_sequence_last_value is null for a sequence that was never used. */
const lastGiven = (op: SetSequence, plan: Plan, separator: string): string =>
  `select max(pg_sequence_last_value(name::regclass)) from (values${separator}${sources(op, plan).join(`,${separator}`)}${separator}) as old (name)`

const columnOf = (op: SetSequence, plan: Plan): SharedColumn | undefined =>
  tableOf(plan, op.table).columns.find(({ name }) => name === op.column)

/** SQL of the highest number that the column has. A text has none, and a number of another kind may be no sequence's. */
function highest(op: SetSequence, plan: Plan): string {
  const [table, column] = [nameOf(tableOf(plan, op.table)), ident(op.column)]
  const { draws, base = '', type = '' } = columnOf(op, plan) ?? {}
  if (draws === undefined) return isKey(op, plan) ? byKey(op, plan) : `select max(${column}) from ${table}`
  if (type.endsWith('[]') || !/^(int[248]|numeric|float[48])$/.test(base)) return 'null::bigint'
  return `select floor(max(v.n))::bigint from (select ${column}::numeric as n from ${table}) v where v.n between 1 and ${mostNumbers}`
}

/** Whether the primary key's index has each organization's numbers in order. */
const isKey = ({ table: source, column }: SetSequence, plan: Plan): boolean => {
  const { key, merge } = tableOf(plan, source)
  return merge === null && key.length === 1 && key[0] === column
}

/** From one organization to the next through the index, and to the end of each, not past every row. */
function byKey(op: SetSequence, plan: Plan): string {
  const [table, column, scope] = [nameOf(tableOf(plan, op.table)), ident(op.column), ident(plan.scopeColumn)]
  return `with recursive owner (id) as (
    (select ${scope} from ${table} order by ${scope} limit 1)
    union all
    select (select ${scope} from ${table} where ${scope} > owner.id order by ${scope} limit 1) from owner where owner.id is not null
  ) select max((select max(${column}) from ${table} where ${scope} = owner.id)) from owner`
}

/** Where sequences end. */
const mostNumbers = '9223372036854775807'

/** @param given SQL of the highest number that a tenant's sequence gave out, or null */
function setAbove(op: SetSequence, plan: Plan, given: string): string {
  const table = nameOf(tableOf(plan, op.table))
  return `select setval(
  pg_get_serial_sequence(${literal(table)}, ${literal(op.column)}),
  greatest(1, (${highest(op, plan)}), (
    ${given}
  ))
)`
}

/** As many sequences are locked at once; ten thousand filled the server's lock table. */
const mostLocked = 1000
/** Of more than that, so many: reading them as tables takes five times as long. */
const together = 100

/**
 * The highest number that any of them gave out, into a setting of the transaction. A lock is kept until a transaction
 * ends, and that of pg_sequence_last_value even when a part of it is undone: so they are read as tables, in parts that
 * are undone.
 */
const highestOf = (names: readonly string[]): string =>
  `do ${literal(`declare
  names text[] := array(select name from (values
    ${names.join(',\n    ')}
  ) as old (name) where name is not null);
  highest bigint := 0;
  found bigint;
begin
  for place in 1..cardinality(names) by ${together} loop
    begin
      execute (
        select format('select max(last_value) from (%s) as used', string_agg(format('select last_value from %s where is_called', name), ' union all '))
        from unnest(names[place : place + ${together - 1}]) as part (name)
      ) into found;
      highest := greatest(highest, found);
      raise sqlstate 'UNDO1';
    exception when sqlstate 'UNDO1' then null;
    end;
  end loop;
  perform set_config('rowhouse.highest', highest::text, true);
end`)}`

/** The column's ids are new ones. */
const isNew = (op: SetSequence, plan: Plan): boolean => columnOf(op, plan)?.ids !== undefined

/** A row where the column's default does not draw from the sequence that the column owns. */
const noDraw = ({ column }: SetSequence, table: string): string =>
  `select ${literal(`column ${table}.${column} draws no number of its own`)}
where not exists (
  select from pg_attribute a join pg_attrdef v on v.adrelid = a.attrelid and v.adnum = a.attnum
  join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = v.oid and d.refclassid = 'pg_class'::regclass
  where a.attrelid = to_regclass(${literal(table)}) and a.attname = ${literal(column)}
    and d.refobjid = to_regclass(pg_get_serial_sequence(${literal(table)}, ${literal(column)}))
)`

export const setSequence: OperationType<SetSequence> = Object.freeze({
  describe: (op, plan) =>
    `start ${nameOf(tableOf(plan, op.table))}.${op.column} above every tenant's highest`,
  object: (op, plan) => `${nameOf(tableOf(plan, op.table))}.${ident(op.column)}`,
  up: (op, plan) => {
    if (isNew(op, plan)) {
      const table = nameOf(tableOf(plan, op.table))
      // What the tenants' sequences gave out says nothing of the new ids.
      return [
        `select setval(pg_get_serial_sequence(${literal(table)}, ${literal(op.column)}), greatest(1, (${highest(op, plan)})))`,
      ]
    }
    const names = sources(op, plan)
    return names.length > mostLocked
      ? [highestOf(names), setAbove(op, plan, "current_setting('rowhouse.highest')::bigint")]
      : [setAbove(op, plan, lastGiven(op, plan, '\n    '))]
  },
  // What the source's sequences gave out comes with the journal's row.
  elsewhere: (op, plan, [unit = '']) => {
    const object = `${nameOf(tableOf(plan, op.table))}.${ident(op.column)}`
    const given = `json_build_object('given', (${lastGiven(op, plan, ' ')}))`
    return [
      transfer(
        `select ${[plan.id, unit, op.kind, object].map(literal).join(', ')}, ${given}`,
        'rowhouse.journal (plan_id, step, operation, object, details)',
        'text',
      ),
      setAbove(
        op,
        plan,
        `select (details ->> 'given')::bigint from rowhouse.journal where plan_id = ${literal(plan.id)} and step = ${literal(unit)}`,
      ),
    ]
  },
  down: () => [],
  verify: (op, plan) => {
    const table = nameOf(tableOf(plan, op.table))
    const taken = `select ${literal(`the next ${op.column} of ${table} is taken`)}
where coalesce(pg_sequence_last_value(pg_get_serial_sequence(${literal(table)}, ${literal(op.column)})::regclass), 0)
  < (${highest(op, plan)})`
    return columnOf(op, plan)?.draws === undefined ? taken : `${taken}\nunion all\n${noDraw(op, table)}`
  },
  lock: 'none',
  sideBySide: 'other tables',
})
