import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type pg from 'pg'
import { readState, recordVerification, uncompleted } from '../engine/apply/state.ts'
import { wholePlan } from '../engine/plan/prepare.ts'
import { readAddress, requireSource, withSources } from '../engine/plan/source.ts'
import { account } from '../engine/report/report.ts'
import { accountPage } from '../engine/report/reportHtml.ts'
import { evidenceInPlace } from '../engine/scope/evidence.ts'
import { verify } from '../engine/verify/verify.ts'
import { RowhouseError } from '../errors.ts'
import { databaseOf, withClients } from '../postgres/connect.ts'
import type { Command } from './command.ts'
import { from } from './from.ts'

export const report: Command = {
  name: 'report',
  summary: 'write down what was moved, with the proof, for an auditor',
  description:
    'One HTML file that needs nothing else, and the same as JSON: what was found, decided and moved, counts and checksums per organization and table, what was not carried over. Verifies anew, unless the old schemas are gone, or on another server that --from does not name. Exit status 3: something differs.',
  options: [
    from,
    {
      flags: '--write <base>',
      description: 'the files are <base>.html and <base>.json (default: rowhouse-report)',
    },
  ],
  examples: [
    'rowhouse report --database postgres://localhost/hr_legacy',
    'rowhouse report --write audit/2026-11',
  ],
  async run(context, options) {
    const url = await context.database()
    const sourceUrl = context.from()
    const jobs = availableParallelism()
    const work = async (sources: readonly pg.Client[], client: pg.Client, ...more: pg.Client[]) => {
      const record = await readState(client)
      if (record === null || (record.appliedAt === null && record.plan.kind === 'schemas')) {
        throw new RowhouseError(record === null ? 'RH123' : 'RH124', {
          message:
            record === null
              ? `nothing was applied in database "${databaseOf(url)}" yet`
              : `plan ${record.id} is unfinished`,
          hint: 'rowhouse apply',
        })
      }
      const [source] = sources
      if (source !== undefined && sourceUrl !== undefined) {
        requireSource(record.plan, await readAddress(source, sourceUrl))
      }
      const isThere = record.plan.source === null || source !== undefined
      const isWhole = uncompleted(record).length === record.plan.organizations.length
      if (!isThere)
        context.say('not verified anew: the old schemas are on another server, and --from does not name it')
      const plan = await wholePlan(client, record)
      const evidence =
        plan.kind === 'single'
          ? await evidenceInPlace(client, { ...record, plan }, context.listen)
          : isThere && isWhole
            ? await verifyAndRecord()
            : null
      async function verifyAndRecord() {
        const found = await verify(client, plan, context.listen, more, sources)
        await recordVerification(client, plan, found)
        return found
      }
      const told = await account(client, (await readState(client)) ?? record, evidence, source)
      const base = (options.write as string | undefined) ?? 'rowhouse-report'
      for (const [file, text] of [
        [`${base}.html`, accountPage(told)],
        [`${base}.json`, `${JSON.stringify(told, null, 2)}\n`],
      ] as const) {
        await writeFile(file, text).catch(error => {
          throw new RowhouseError('RH116', {
            message: `${file} cannot be written: ${(error as Error).message}`,
            hint: 'name a file in a folder that exists and may be written',
            cause: error,
          })
        })
      }
      context.result(
        { files: [`${base}.html`, `${base}.json`], ok: evidence?.ok ?? null },
        `wrote ${base}.html and ${base}.json`,
      )
      return evidence?.ok === false ? 3 : 0
    }
    return withSources(sourceUrl, jobs, sources =>
      withClients(url, 'report', jobs, (client, ...more) => work(sources, client, ...more)),
    )
  },
}
