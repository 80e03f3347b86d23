/** `npm run bench -- <name>`: comparisons from one run, as ratios. Nothing here passes or fails. */
import { parseArgs } from 'node:util'
import { benchFold } from './fold.ts'
import { benchScope } from './scope.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tenants: { type: 'string', default: '100' },
    tables: { type: 'string', default: '20' },
    rows: { type: 'string', default: '250' },
    jobs: { type: 'string', default: '2' },
  },
})
const size = {
  tenants: Number(values.tenants),
  tables: Number(values.tables),
  rows: Number(values.rows),
  jobs: Number(values.jobs),
}
const isWhole = Object.values(size).every(value => Number.isInteger(value) && value > 0)
if (positionals[0] === 'fold' && isWhole) await benchFold(size)
else if (positionals[0] === 'scope' && isWhole) await benchScope(size)
else {
  console.error(`npm run bench -- fold [--tenants 100] [--tables 20] [--rows 250] [--jobs 2]
  rows: of each table in each tenant. 5 M rows: --rows 2500. A thousand schemas: --tenants 1000 --rows 20\nnpm run bench -- scope [--tenants 20] [--rows 250] [--jobs 2]\n  rows: entries of each company. 2 M: --tenants 20 --rows 100000`)
  process.exitCode = 2
}
