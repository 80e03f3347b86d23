/**
 * Databases that nobody wrote: random applications, as random tenants have them. Whatever does not fit must be said when
 * planning, for the one tenant; a raw error of Postgres is a defect. More by hand, with the seed to begin with:
 *
 *     ROWHOUSE_TEST_SEED=100 ROWHOUSE_TORTURE=5,300,400,8,1 npm test -- --ci test/torture
 */
import { database } from '../helpers/database.ts'
import { ensureRoles } from '../helpers/templates.ts'
import { torture } from './road.ts'

/** `tenants,tables,foreign keys,rows per table,seeds` */
const [tenants = 3, tables = 40, foreignKeys = 50, rows = 6, count = 2] = (process.env.ROWHOUSE_TORTURE ?? '')
  .split(',')
  .filter(Boolean)
  .map(Number)
const first = Number(process.env.ROWHOUSE_TEST_SEED ?? 1)

test.each(Array.from({ length: count }, (_, at) => first + at))(
  `seed %i: ${tenants} tenants of ${tables} tables and ${foreignKeys} foreign keys`,
  async seed => {
    const { url } = await database()
    await ensureRoles(url)
    const { plan } = await torture(url, seed, { tenants, tables, foreignKeys, rows })
    expect(plan.organizations.length).toBeGreaterThan(0)
  },
  1_800_000,
)
