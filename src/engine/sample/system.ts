/** What src/engine/sample/sample.ts has to know of a legacy system; the rest is SQL, in db/samples/<name>/. */
import type { Canary } from './canary.ts'
import type { SampleSize } from './sizes.ts'

export type SampleSystem = {
  /** Also the folder's, and the one in the marker. */
  readonly name: string
  /** One line for the command's help. */
  readonly summary: string
  /** What `rows` counts: `employees`. */
  readonly counted: string
  /** How many of them when nobody says how many. */
  readonly usualRows: number
  /** What `npm start` builds: about 300,000 rows in tenants of very different sizes. */
  readonly demonstration: Partial<SampleSize>
  /** What the folded system is first asked, as GraphQL: any member may. */
  readonly question: string
  /** The spec file that it is moved by, below db/samples; null where what inspection finds is right. */
  readonly spec: string | null
  /** The table whose comment is the marker. A file 0xx makes it, with the comment `rowhouse sample: <name> (unfinished)`. */
  readonly registry: string
  /** The schemas in the order they are built. Those that are not there are made; a system of one tenant says `public`. */
  readonly schemas: (tenants: number) => readonly string[]
  /**
   * Where all tenants' rows are in the same tables: the number of the canary that rows of no tenant carry. It has its
   * own row in sample.tenants. Null where each tenant has a schema.
   */
  readonly nobody: number | null
  /** Tenant `no`'s rows by kind: the columns that the system's 001_sizes.sql adds to sample.tenants. */
  readonly sizes: (no: number, size: SampleSize) => Readonly<Record<string, number | boolean>>
  /** The files of the small form; null where there is none. */
  readonly smallFiles: RegExp | null
  /** E-mail of the tenant's administrator. */
  readonly administrator: (canary: Canary, schema: string) => string
}
