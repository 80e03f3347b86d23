import { buildSample, type SampleSize } from '../engine/sample.ts'
import { RowhouseError } from '../errors.ts'
import { connect, databaseOf } from '../postgres/connect.ts'
import { type Command, wholeNumber } from './command.ts'

export const sample: Command = {
  name: 'sample',
  argument: {
    name: 'system',
    description: 'hr: personnel, one schema per tenant, as Django would have made it',
  },
  summary: 'build a legacy database to try the road on',
  description: 'Fills an empty database with a legacy system. The same sizes and seed give the same rows.',
  options: [
    { flags: '--tenants <n>', description: 'tenant schemas (default: 3)', parse: wholeNumber },
    {
      flags: '--rows <n>',
      description: 'employees per tenant; the other tables follow (default: 200)',
      parse: wholeNumber,
    },
    { flags: '--small', description: 'only people and where they work: 5 of the 26 tables' },
    { flags: '--zipf', description: 'tenant n gets a share of 1/n: --rows is the largest tenant' },
    {
      flags: '--history <factor>',
      description: 'more payslips, attendance and leave per employee (default: 1)',
      parse: wholeNumber,
    },
    { flags: '--seed <n>', description: 'another seed, other values (default: 1)', parse: wholeNumber },
  ],
  examples: [
    'createdb hr_legacy',
    'rowhouse sample hr --database postgres://localhost/hr_legacy',
    'rowhouse sample hr --database postgres://localhost/big --tenants 12 --rows 2760 --zipf',
  ],
  async run(context, options, system) {
    if (system !== 'hr') {
      throw new RowhouseError('RH200', {
        message: `there is no sample "${system}"`,
        hint: 'rowhouse sample hr --database postgres://…/an_empty_database',
      })
    }
    const url = await context.database()
    const built = await buildSample(() => connect(url, 'sample'), {
      ...(options as Partial<SampleSize>),
      onProgress: ({ schema, rows, done, of }) =>
        context.listen({ type: 'sampled', schema, rows, place: { at: done, of } }),
    })
    const { tenants, rows, seed, zipf, history, totalRows } = built
    context.result(
      { system, tenants, rows, seed, zipf, history, totalRows },
      `hr: ${tenants} tenants, ${totalRows} rows in database "${databaseOf(url)}"\nnext: rowhouse inspect`,
    )
    return 0
  },
}
