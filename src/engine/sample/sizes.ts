/** How large a sample is: what may be asked for, and how it is written into the marker. Pure. */
import { RowhouseError } from '../../errors.ts'
import { maximumTenants } from './canary.ts'
import type { SampleSystem } from './system.ts'

export type SampleSize = {
  /** Number of tenants, 1 to 2,146; one less where what is nobody's has a canary too. Default 3. */
  readonly tenants: number
  /**
   * Rows of the system's leading table (`SampleSystem.counted`) per tenant, or of the largest; the other tables
   * follow from it. Default `SampleSystem.usualRows`; all nasty texts are there from 50.
   */
  readonly rows: number
  /** Another seed gives other values in the same shapes. Default 1. */
  readonly seed: number
  /** True: the second tenant has half as many rows as the first, the third a third, and so on. Default false. */
  readonly zipf: boolean
  /** Times as long as the default's past, 0 to 100; what grows with it, the system says. Default 1. */
  readonly history: number
  /** True: the system's small form, where it has one. Default false. */
  readonly small: boolean
  /** Rows whose two paths lead to two owners, where all tenants share the tables; up to `rows`. Default 0. */
  readonly corrupted: number
}

/** What was asked for, with the defaults. @throws RowhouseError RH200, naming all that is wrong */
export function checkedSize(wanted: Partial<SampleSize>, system: SampleSystem): SampleSize {
  const { tenants = 3, rows = system.usualRows, seed = 1, zipf = false, history = 1 } = wanted
  const { small = false, corrupted = 0 } = wanted
  const problems: string[] = []
  const wholeNumber = (name: string, value: number, from: number, to: number) => {
    if (!Number.isInteger(value) || value < from || value > to) {
      problems.push(`${name} must be a whole number from ${from} to ${to}, not ${value}`)
    }
  }
  wholeNumber('tenants', tenants, 1, system.nobody === null ? maximumTenants : system.nobody - 1)
  wholeNumber('rows', rows, 1, 100_000_000)
  wholeNumber('seed', seed, 0, 2_147_483_647)
  if (!(history >= 0 && history <= 100)) problems.push(`history must be from 0 to 100, not ${history}`)
  if (small && system.smallFiles === null) problems.push(`${system.name} has no small form`)
  if (corrupted !== 0 && system.nobody === null) {
    problems.push(`${system.name} has no rows that could have two owners: each tenant has a schema`)
  } else {
    wholeNumber('corrupted', corrupted, 0, Math.max(0, rows))
  }
  if (problems.length === 0) return { tenants, rows, seed, zipf, history, small, corrupted }
  throw new RowhouseError('RH200', {
    message: `the sample cannot be built: ${problems.join('; ')}`,
    hint: `rowhouse sample ${system.name} --tenants 3 --rows ${system.usualRows} --seed 1`,
  })
}

/** Rows of the leading table in tenant `no`, counted from 1. */
export const leadingRows = (no: number, { rows, zipf }: SampleSize): number =>
  zipf ? Math.max(1, Math.round(rows / no)) : rows

/** `seed 1, tenants 3, rows 200`, and what is not as by default. */
export const describeSize = ({ seed, tenants, rows, zipf, history, small, corrupted }: SampleSize): string =>
  `seed ${seed}, tenants ${tenants}, rows ${rows}${small ? ', small' : ''}${zipf ? ', zipf' : ''}${history === 1 ? '' : `, history ${history}`}${corrupted === 0 ? '' : `, corrupted ${corrupted}`}`
