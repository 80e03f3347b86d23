import { availableParallelism } from 'node:os'
import { recordVerification, uncompleted } from '../engine/apply/state.ts'
import { prepare } from '../engine/plan/prepare.ts'
import { withEnds, withSources } from '../engine/plan/source.ts'
import type { Performance } from '../engine/verify/performance.ts'
import { quarantineLines } from '../engine/verify/quarantine.ts'
import { type Report, verify as verifyPlan } from '../engine/verify/verify.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClients } from '../postgres/connect.ts'
import { rolesOf } from '../postgres/roles.ts'
import { atLeastOne, type Command } from './command.ts'
import { decided } from './decided.ts'
import { from } from './from.ts'
import { verifyPhases } from './scope/verify.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'prove that nothing was lost and nothing leaks',
  description:
    'Compares every row with its source, then keys, sequences and walls, then what a member of each organization can see, then what typical queries answer. Exit status 3: something differs. Queries that became slower are told as a note.',
  options: [
    from,
    {
      flags: '--jobs <n>',
      description: 'tables compared at once (default: one per processor)',
      parse: atLeastOne,
    },
  ],
  examples: [
    'rowhouse verify --database postgres://localhost/hr_legacy',
    'rowhouse verify --json',
    'rowhouse verify --from postgres://old.example/hr_legacy',
  ],
  async run(context, options) {
    const url = await context.database()
    const file = await decided(context)
    const roles = rolesOf(context.config.rolePrefix)
    const sourceUrl = context.from()
    const prepared = await withEnds(url, sourceUrl, (client, source) =>
      prepare(client, file, roles, context.spec, source),
    )
    if (prepared.plan.kind === 'single' && prepared.stage !== 'new')
      return verifyPhases(context, url, prepared.record)
    if (prepared.stage !== 'applied') {
      const isNew = prepared.stage === 'new'
      throw new RowhouseError(isNew ? 'RH123' : 'RH124', {
        message: isNew
          ? `nothing was applied in database "${databaseOf(url)}" yet`
          : `plan ${prepared.plan.id} is unfinished`,
        hint: 'rowhouse apply',
      })
    }
    if (uncompleted(prepared.record).length < prepared.plan.organizations.length) {
      throw new RowhouseError('RH123', {
        message: `plan ${prepared.plan.id} was completed: old schemas are dropped, and there is nothing to compare with`,
        hint: 'the last verification is in rowhouse.verifications; rowhouse status',
      })
    }
    const jobs = Math.max(1, (options.jobs as number | undefined) ?? availableParallelism())
    const report = await withSources(sourceUrl, jobs, sources =>
      withClients(url, 'verify', jobs, async (client, ...more) => {
        const found = await verifyPlan(client, prepared.plan, context.listen, more, sources)
        await recordVerification(client, prepared.plan, found)
        return found
      }),
    )
    const { ok, organizations, tables, rows, mismatches, performance, narrowed, quarantined } = report
    const { servedAt } = prepared.record
    context.result(
      {
        ok,
        organizations,
        tables,
        rows,
        mismatches,
        performance,
        narrowed,
        quarantined,
        changedSince: servedAt?.toISOString() ?? null,
      },
      asText(report, servedAt),
    )
    return ok ? 0 : 3
  },
}

function asText(report: Report, servedAt: Date | null): string {
  const { ok, organizations, tables, rows, mismatches, performance, narrowed, quarantined } = report
  const what = `${rows} rows in ${tables} tables of ${organizations} organizations`
  if (ok) {
    return [
      `verified: ${what} are equal to their source, and nobody sees another's`,
      ...quarantineLines(quarantined),
      ...doorLines(narrowed),
      ...performanceLines(performance),
      'next: rowhouse serve',
    ].join('\n')
  }
  return [
    `DIFFERENT (RH130): ${mismatches.length} ${mismatches.length === 1 ? 'difference' : 'differences'} in ${what}`,
    ...mismatches.map(
      ({ organization, table, key, reason }) =>
        `  ${[organization, table, key === null ? null : `key ${key}`].filter(Boolean).join('  ') || 'database'}: ${reason}`,
    ),
    ...quarantineLines(quarantined),
    ...doorLines(narrowed),
    ...performanceLines(performance),
    ...(servedAt === null
      ? []
      : [
          `The database is served since ${servedAt.toISOString()}: what the application wrote since then differs from the old schemas.`,
        ]),
    'next: mend what is named, then rowhouse verify; what came after the plan comes in with a new one: rowhouse cancel',
  ].join('\n')
}

const doorLines = (narrowed: readonly string[]) =>
  narrowed.length === 0 ? [] : [`note: doors hide rows even from owners in ${narrowed.join(', ')}`]

/** At most this many slower queries are listed; --json has them all. */
const listed = 20

function performanceLines({ organizations, queries, slower, timed }: Performance): string[] {
  if (queries === 0) return []
  if (!timed) return [`${queries} typical queries were asked on both servers; their times are not compared`]
  if (slower.length === 0)
    return [`none of ${queries} typical queries of ${organizations} organizations is slower than before`]
  const affected = new Set(slower.map(({ organization, query }) => `${organization} ${query}`))
  const left = slower.length - listed
  return [
    `note: slower than before, or reading past other organizations' rows: ${affected.size} of ${queries} typical queries of ${organizations} organizations`,
    ...slower
      .slice(0, listed)
      .map(
        ({ organization, query, before, after, wall, reason }) =>
          `  ${organization}  ${query}: ${before} ms before, ${after} ms now (${wall.toFixed(3)} of it the wall's): ${reason}`,
      ),
    ...(left > 0 ? [`  and ${left} more: rowhouse verify --json`] : []),
  ]
}
