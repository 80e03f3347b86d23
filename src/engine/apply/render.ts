/**
 * Plan → SQL: what `plan --sql` prints and what `apply` sends, from one place. Piping the print into psql makes the
 * same database.
 */
import { startupOptions } from '../../postgres/connect.ts'
import { literal } from '../../postgres/identifiers.ts'
import { rowsSetting } from '../operations/copyRows.ts'
import {
  beforeOf,
  bringsRows,
  describe,
  down,
  elsewhere,
  forNowOf,
  inUseOf,
  lockOf,
  type Operation,
  objectOf,
  stepOf,
  unitsOf,
  up,
} from '../operations/index.ts'
import { journalRow } from '../operations/journalRow.ts'
import { organizationOf, type Plan } from '../plan/plan.ts'
import { sayAddress, sourceSettings } from '../plan/source.ts'
import { phaseName } from '../scope/plan.ts'
import { copyLine, isTransfer, type Statement, sourceVariable } from './transfer.ts'

/** One transaction: `begin`, what the operation does, its rows in the journal, `commit`. */
export type Step = {
  readonly name: string
  /** Its rows in the journal: all are there, or none. */
  readonly units: readonly string[]
  readonly operation: Operation
  readonly description: string
  /** What no transaction can hold, before it. */
  readonly before: readonly string[]
  readonly statements: readonly Statement[]
}

/** Any two numbers that nobody else takes; the same in every version, so that two tools exclude each other. */
const [alone, atWork] = [7_269_686_874, 7_269_686_875]

/** What every session says first. Names in the plan are written out in full, so the path may be empty. */
const sessionSettings = (): string[] => [
  'set client_min_messages to warning',
  'set search_path to pg_catalog, pg_temp',
  "set lock_timeout to '60s'",
  // A limit that the database or the login brings along would end a long copy, at every attempt.
  'set statement_timeout to 0',
  // A policy on a source table would hide rows silently; this way it is an error.
  'set row_security to off',
  'set idle_in_transaction_session_timeout to 0',
  // Some values pass as text on their way, and must not depend on what psql's login brings along.
  "set datestyle to 'ISO, YMD'",
  "set timezone to 'UTC'",
  "set intervalstyle to 'postgres'",
  'set extra_float_digits to 3',
  "set bytea_output to 'hex'",
  'set xmloption to content',
  // A killed apply must not hold the lock until its last statement, perhaps an hour's copying, is through. Where the
  // server's system cannot notice (Windows), setting it is an error.
  `do $$
begin
  perform set_config('client_connection_check_interval', '1s', false);
exception when invalid_parameter_value then null;
end
$$`,
]

/** Held by each session as long as it may still commit: whoever comes next waits until the last is gone. */
const present = `select pg_advisory_lock_shared(${atWork})`

/** What further sessions of the same apply say. */
export const besideFirst = (): string[] => [...sessionSettings(), present]

/**
 * What the first session says: it alone holds the lock that keeps a second apply out. A killed one's sessions may take
 * a second to notice, so it waits a little before it gives up.
 */
export const prologue = (): string[] => [
  ...sessionSettings(),
  `do $$
begin
  perform set_config('lock_timeout', '5s', true);
  perform pg_advisory_lock(${alone});
  perform pg_advisory_lock(${atWork});
  perform pg_advisory_unlock(${atWork});
exception when lock_not_available then
  raise exception using errcode = 'RH121', message = 'another apply is at work in this database',
    hint = 'wait for it, or see who it is: select * from pg_stat_activity where application_name like ''rowhouse%''';
end
$$`,
  present,
]

/** The steps in order; a step that the journal has is not sent again. */
export const steps = (plan: Plan): Step[] =>
  plan.operations.map(operation => ({
    name: stepOf(operation),
    units: unitsOf(operation),
    operation,
    description: describe(operation, plan),
    before: beforeOf(operation, plan),
    // Written out when they are sent: all at once have 10 MB for a thousand tenants.
    get statements() {
      return [
        'begin',
        ...briefly(operation, plan),
        ...(elsewhere(operation, plan) ?? [
          ...up(operation, plan),
          ...forNowOf(operation, plan),
          ...begins(operation, plan),
          journalRows(operation, plan),
        ]),
        'commit',
      ]
    },
  }))

/**
 * A table in use: whoever waits for our lock waits behind it, and behind whom we wait for. So we wait for less than
 * anybody notices, all tables together, and try again. A vacuum that Postgres began by itself makes way, but only for
 * whoever waits a second for it: that is asked first, by a lock that no reader or writer waits behind.
 */
function briefly(operation: Operation, plan: Plan): string[] {
  if (plan.kind !== 'single') return []
  const tables = inUseOf(operation, plan)
  return [
    ...(tables.length === 0
      ? []
      : ["set local lock_timeout to '3s'", `lock table ${tables.join(', ')} in share update exclusive mode`]),
    `set local lock_timeout to '${Math.max(10, Math.floor(30 / Math.max(1, tables.length)))}ms'`,
  ]
}

/** `fold`, or `phase_1` … of a database that is scoped in place. */
export const phaseOf = ({ phase }: Operation): string => (phase === undefined ? 'fold' : phaseName(phase))

/** The first step also records the plan itself; the journal refers to it. One that was cancelled begins anew. */
const begins = (operation: Operation, plan: Plan): string[] =>
  operation.kind !== 'install_core'
    ? []
    : [
        `insert into rowhouse.plans (id, kind, plan, fingerprint, backup)
values (${literal(plan.id)}, ${literal(plan.kind)}, ${literal(JSON.stringify(storedPlan(plan)))}, ${literal(plan.fingerprint)},
  nullif(current_setting('rowhouse.backup', true), ''))
on conflict (id) do update
  set plan = excluded.plan, backup = excluded.backup, started_at = excluded.started_at, applied_at = null, served_at = null,
    cancelling_at = null, cancelled_at = null
  where plans.cancelled_at is not null`,
      ]

/** The plan as it is kept: the core's own SQL stays in the files it came from. */
export const storedPlan = (plan: Plan): Plan => ({
  ...plan,
  operations: plan.operations.map(operation =>
    operation.kind === 'install_core'
      ? { ...operation, roles: '', uninstall: '', migrations: [] }
      : operation,
  ),
})

/** One row per unit. What was copied was counted by organization, and stands in a setting of the transaction. */
function journalRows(operation: Operation, plan: Plan): string {
  const object = literal(objectOf(operation, plan))
  const units = unitsOf(operation)
  if (bringsRows(operation)) {
    const rows = operation.organizations.map(
      (schema, at) =>
        `  (${at}, ${literal(units[at] ?? '')}, ${literal(organizationOf(plan, schema).id)}::uuid)`,
    )
    return `insert into rowhouse.journal (plan_id, step, phase, operation, organization_id, object, rows)
select ${literal(plan.id)}, unit.step, ${literal(phaseOf(operation))}, ${literal(operation.kind)}, unit.organization, ${object},
  coalesce(counted.rows::bigint, 0)
from (values
${rows.join(',\n')}
) as unit (at, step, organization)
left join json_each_text(current_setting('${rowsSetting}')::json) as counted (organization, rows) on counted.organization = unit.organization::text
order by unit.at`
  }
  const organization = 'organization' in operation ? organizationOf(plan, operation.organization).id : null
  return journalRow(plan, {
    unit: stepOf(operation),
    operation: operation.kind,
    phase: phaseOf(operation),
    organization,
    object: objectOf(operation, plan),
  })
}

/** A query whose answers are statements, sent one by one: psql's own \\gexec. */
export const isGenerator = (statement: string): boolean => statement.endsWith('\\gexec')

/** Whether the journal has a step's units. */
export const isDone = ({ units }: Pick<Step, 'units'>, done: ReadonlySet<string>): boolean =>
  units.every(unit => done.has(unit))

/** One transaction that undoes a step and takes its row out of the journal. */
export function undo(operation: Operation, plan: Plan): string[] {
  const statements = down(operation, plan)
  if (operation.kind === 'install_core') {
    // The last step back. Where the plan brought the core, journal and plan go with it.
    const kept = [
      `delete from rowhouse.verifications where plan_id = ${literal(plan.id)}`,
      `delete from rowhouse.journal where plan_id = ${literal(plan.id)}`,
      `update rowhouse.plans set cancelled_at = clock_timestamp() where id = ${literal(plan.id)}`,
    ]
    return ['begin', ...(operation.fresh ? statements : kept), 'commit']
  }
  const units = unitsOf(operation).map(literal).join(', ')
  const forget = `delete from rowhouse.journal where plan_id = ${literal(plan.id)} and step in (${units})`
  const mark = `update rowhouse.plans set cancelling_at = coalesce(cancelling_at, clock_timestamp()) where id = ${literal(plan.id)}`
  // A phase can be taken back, and applied again; without its columns a plan is at its end.
  const marks = plan.kind === 'schemas' || operation.phase === 'expand' ? [mark] : []
  return ['begin', ...briefly(operation, plan), ...statements, forget, ...marks, 'commit']
}

/** What makes psql's further sessions, at the source, such as apply's are there. */
const sourceSession = ({ source }: Plan): string =>
  source === null
    ? ''
    : `
-- Reads database ${sayAddress(source)} as well; a POSIX shell is needed, and a psql on PATH:
--   ${sourceVariable}=postgres://user@host/database psql --file this.sql postgres://user@host/target
\\setenv PGOPTIONS '${startupOptions(sourceSettings).replaceAll('\\', '\\\\')}'
\\setenv PGCLIENTENCODING UTF8
\\encoding UTF8`

/** The whole plan as a script for psql. */
export function render(plan: Plan): string {
  const end = (statements: readonly Statement[]) =>
    statements
      .map(one =>
        isTransfer(one) ? copyLine(one) : isGenerator(one) ? one : `${one.trimEnd().replace(/;$/, '')};`,
      )
      .join('\n\n')
  return [
    `-- Plan ${plan.id}: ${plan.organizations.length} organizations, ${plan.tables.length} tables, ${plan.operations.length} steps.
-- Made by rowhouse plan --sql. psql --set ON_ERROR_STOP=1 --file this.sql makes what rowhouse apply makes.
\\set ON_ERROR_STOP on${sourceSession(plan)}`,
    end(prologue()),
    ...steps(plan).map(
      step =>
        `-- ${step.name}: ${step.description.replaceAll('\n', ' ')}\n-- lock: ${lockOf(step.operation)}\n${end([...step.before, ...step.statements])}`,
    ),
  ]
    .join('\n\n')
    .concat('\n')
}
