/**
 * What was found, decided and moved, with the proof, as one value: for an auditor who was not there. Reads only; the
 * comparison is made anew, unless the old schemas are gone.
 */
import type pg from 'pg'
import { ident } from '../../postgres/identifiers.ts'
import { type OrganizationState, organizationStates, type PlanRecord } from '../apply/state.ts'
import { type OtherObject, oldestSource, readCatalog, readOnly } from '../catalog/catalog.ts'
import { nameIn } from '../code/groups.ts'
import { notCarriedOver } from '../plan/notCarriedOver.ts'
import type { Plan } from '../plan/plan.ts'
import type { SourceAddress } from '../plan/source.ts'
import { nameOf } from '../plan/targetTable.ts'
import type { Reading } from '../shapes/reading.ts'
import type { Mismatch } from '../verify/compareRows.ts'
import type { Compared } from '../verify/compareTables.ts'
import { type Quarantined, readQuarantined, withQuarantines } from '../verify/quarantine.ts'

export type Account = {
  /** Tenants' schemas that were folded, or one customer's database that was scoped in place. */
  readonly kind: Plan['kind']
  readonly database: string
  readonly server: string
  /** Another server that the old schemas are on. */
  readonly source: SourceAddress | null
  readonly at: Date
  readonly plan: string
  readonly backup: string | null
  readonly begun: Date
  readonly applied: Date | null
  readonly served: Date | null
  /** Null where there was nothing to compare with any more. */
  readonly verified: { readonly ok: boolean; readonly rows: number } | null
  readonly organizations: readonly OrganizationState[]
  readonly tables: readonly AccountTable[]
  readonly types: readonly string[]
  /** Rows that lead nowhere, beside their tables. */
  readonly quarantined: readonly Quarantined[]
  /** Decided, not forgotten. */
  readonly left: readonly string[]
  /** `view totals → app.totals` */
  readonly carriedOver: readonly string[]
  readonly skipped: readonly string[]
  readonly compared: readonly Compared[]
  readonly mismatches: readonly Mismatch[]
  /** What stays in the old schemas, with its definition, once for every form of it. */
  readonly notCarriedOver: readonly (Gone & { readonly schemas: readonly string[] })[]
  readonly journal: readonly {
    readonly operation: string
    readonly steps: number
    readonly from: Date
    readonly to: Date
  }[]
}

/** Of an object that may be dropped by now. */
type Gone = Omit<OtherObject, 'about'>

export type AccountTable = {
  readonly source: string
  readonly target: string
  readonly columns: number
  readonly doors: string
  /** What became of the ids: 'kept', 'renumbered', or 'merged by (…)'; the map is in rowhouse.renumbered. */
  readonly keys: string
  readonly secret: readonly string[]
  /** Tenants whose rows were read otherwise than as they are. */
  readonly readings: Readonly<Record<string, Reading>>
}

export type Evidence = {
  readonly ok: boolean
  readonly rows: number
  readonly compared: readonly Compared[]
  readonly mismatches: readonly Mismatch[]
}

/**
 * @param evidence of a verification just made; null where the old schemas are gone, or cannot be asked
 * @param source a session there, where the old schemas are on another server
 */
export async function account(
  client: pg.ClientBase,
  record: PlanRecord,
  evidence: Evidence | null,
  source?: pg.ClientBase,
): Promise<Account> {
  const { plan } = record
  const here = await readCatalog(client)
  const { server } = here
  const nothing = { others: [], tables: [] }
  const there = plan.source === null ? here : source ? await readCatalog(source, oldestSource) : nothing
  const { rows: journal } = await readOnly(client, () =>
    client.query<{ operation: string; steps: number; from: Date; to: Date }>(
      `select operation, count(*)::int as steps, min(created_at) as from, max(created_at) as to
from rowhouse.journal where plan_id = $1 group by operation order by min(created_at)`,
      [plan.id],
    ),
  )
  const { rows: gone } = await readOnly(client, () =>
    client.query<{ details: Gone[] | null }>(
      `select details from rowhouse.journal where plan_id = $1 and operation = 'drop_schema'`,
      [plan.id],
    ),
  )
  return {
    kind: plan.kind,
    database: server.database,
    server: `Postgres ${Math.floor(server.version / 10000)}.${server.version % 10000}`,
    source: plan.source,
    at: new Date(),
    plan: plan.id,
    backup: record.backup,
    begun: record.startedAt,
    applied: record.appliedAt,
    served: record.servedAt,
    verified: evidence && { ok: evidence.ok, rows: evidence.rows },
    organizations: organizationStates(record),
    tables: plan.tables.map(table => ({
      source: table.source,
      target: nameOf(table),
      columns: table.columns.length,
      doors: table.merge === null ? table.doors : 'everybody reads, nobody writes',
      keys:
        table.merge !== null
          ? `merged by (${table.merge.join(', ')})`
          : table.renumbered === null
            ? 'kept'
            : 'renumbered',
      secret: table.secret,
      readings: table.readings,
    })),
    types: plan.types.map(
      ({ kind, source, target }) => `${kind} ${source} → ${target.schema}.${target.name}`,
    ),
    quarantined: await readQuarantined(client, await withQuarantines(client, plan)),
    left: plan.left,
    skipped: plan.skipped,
    compared: evidence?.compared ?? [],
    mismatches: evidence?.mismatches ?? [],
    notCarriedOver: forms([
      ...notCarriedOver(there, plan).map(withoutAbout),
      ...gone.flatMap(({ details }) => details ?? []),
    ]),
    carriedOver: carriedObjects(plan),
    journal,
  }
}

/** Those that read alike are one, with everybody who has it. */
function forms(others: readonly Gone[]): Account['notCarriedOver'] {
  const groups = Map.groupBy(others, ({ kind, name, schema, definition }) =>
    JSON.stringify([kind, nameIn({ name, schema }), definition?.replaceAll(`${ident(schema)}.`, '')]),
  )
  return [...groups.values()].flatMap(same => {
    const [one] = same
    return one === undefined ? [] : [{ ...one, schemas: same.map(({ schema }) => schema) }]
  })
}

const withoutAbout = ({ about: _, ...object }: OtherObject): Gone => object

const carriedObjects = ({ functions, views, triggers, tables }: Plan): string[] => [
  ...[...functions, ...views].map(({ source, target }) => `${source} → ${target.schema}.${target.name}`),
  ...triggers.map(({ source, table }) => {
    const to = tables.find(one => one.source === table)
    return `${source} → ${to === undefined ? table : nameOf(to)}`
  }),
]
