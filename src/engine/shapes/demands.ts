/** Asks the tenants' rows whether they fit. Reads only; a hundred questions per statement. */
import type pg from 'pg'
import { literal } from '../../postgres/identifiers.ts'
import { readOnly } from '../catalog/catalog.ts'
import type { Demand } from './constraints.ts'

const batch = 100

/** @returns the demands that are not met; one that cannot even be asked of a tenant's tables is not met there */
export async function unmet(client: pg.ClientBase, demands: readonly Demand[]): Promise<Demand[]> {
  const failed: Demand[] = []
  for (let start = 0; start < demands.length; start += batch) {
    const some = demands.slice(start, start + batch)
    try {
      failed.push(...(await asked(client, some)))
    } catch (error) {
      if (!isAboutTheQuestion(error)) throw error
      for (const one of some) {
        const [found] = await asked(client, [one]).catch(cause => {
          if (!isAboutTheQuestion(cause)) throw cause
          return [{ ...one, reason: `${one.reason}; it cannot be asked: ${(cause as Error).message}` }]
        })
        if (found) failed.push(found)
      }
    }
  }
  return failed
}

/** A value or a name that this tenant's tables do not have. */
const isAboutTheQuestion = (error: unknown): boolean =>
  /^(22|42)/.test((error as { code?: string }).code ?? '')

async function asked(client: pg.ClientBase, demands: readonly Demand[]): Promise<Demand[]> {
  const text = demands
    .map(({ query }, at) => `select ${at} as at where exists (${query})`)
    .join('\nunion all\n')
  const { rows } = await readOnly(client, () => client.query<{ at: number }>(text))
  return rows.flatMap(({ at }) => demands[at] ?? [])
}

/** Tenants whose rows of a foreign key that was never checked lead nowhere, with how many. */
export async function countOrphans(
  client: pg.ClientBase,
  questions: readonly { readonly tenant: string; readonly query: string }[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let start = 0; start < questions.length; start += batch) {
    const text = questions
      .slice(start, start + batch)
      .map(({ tenant, query }) => `select ${literal(tenant)} as tenant, count(*) as rows from (${query}) q`)
      .join('\nunion all\n')
    const { rows } = await readOnly(client, () => client.query<{ tenant: string; rows: string }>(text))
    for (const { tenant, rows: count } of rows) if (count !== '0') found.set(tenant, Number(count))
  }
  return found
}
