import type pg from 'pg'
import { organizationStates, readState, stepsDone } from '../engine/apply/state.ts'
import type { Plan } from '../engine/plan/plan.ts'
import { sayAddress } from '../engine/plan/source.ts'
import {
  type Quarantined,
  quarantineLines,
  readQuarantined,
  withQuarantines,
} from '../engine/verify/quarantine.ts'
import { withClient } from '../postgres/connect.ts'
import type { Command } from './command.ts'
import { statusOfPhases } from './scope/status.ts'

/** Rows in quarantine; null where the login may not see them. */
async function quarantinedRows(client: pg.ClientBase, plan: Plan): Promise<Quarantined[] | null> {
  try {
    return await readQuarantined(client, await withQuarantines(client, plan))
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return null
    throw error
  }
}

export const status: Command = {
  name: 'status',
  summary: 'show where each organization stands',
  description: 'From the journal in the database, never from configuration.',
  options: [],
  examples: ['rowhouse status --database postgres://localhost/hr_legacy', 'rowhouse status --json'],
  async run(context) {
    const url = await context.database()
    const { record, quarantined } = await withClient(url, 'inspect', async client => {
      const found = await readState(client)
      return { record: found, quarantined: found === null ? [] : await quarantinedRows(client, found.plan) }
    })
    if (record === null) {
      context.result({ plan: null, organizations: [] }, 'no plan was begun here\nnext: rowhouse inspect')
      return 0
    }
    if (record.plan.kind === 'single') return statusOfPhases(context, url, record)
    const organizations = organizationStates(record)
    const steps = stepsDone(record)
    const stage =
      record.cancellingAt !== null
        ? `being cancelled, ${steps.done} of ${steps.of} steps left`
        : record.appliedAt === null
          ? `unfinished, ${steps.done} of ${steps.of} steps`
          : 'applied'
    const width = Math.max(...organizations.map(({ organization }) => organization.length))
    const next =
      record.cancellingAt !== null
        ? 'rowhouse cancel'
        : record.appliedAt === null
          ? 'rowhouse apply'
          : organizations.every(({ state }) => ['verified', 'blocked', 'completed'].includes(state))
            ? 'rowhouse serve'
            : organizations.some(({ state }) => state === 'differs')
              ? 'rowhouse verify, which names what differs'
              : 'rowhouse verify'
    const { id, startedAt, appliedAt, servedAt, backup } = record
    context.result(
      {
        plan: id,
        source: record.plan.source,
        startedAt,
        appliedAt,
        servedAt,
        backup,
        steps,
        organizations,
        quarantined,
      },
      [
        `plan ${id}: ${stage} (begun ${startedAt.toISOString()}, backup: ${backup ?? 'none named'})`,
        ...(record.plan.source === null ? [] : [`source: database ${sayAddress(record.plan.source)}`]),
        ...organizations.map(
          ({ organization, state, copied, tables, rows, reason }) =>
            `  ${organization.padEnd(width)}  ${state.padEnd(10)}  ${reason ?? `${copied}/${tables} tables, ${rows} rows`}`,
        ),
        ...(quarantined === null
          ? ['note: rows are in quarantine, and this login may not read them']
          : quarantineLines(quarantined)),
        `next: ${next}`,
      ].join('\n'),
    )
    return 0
  },
}
