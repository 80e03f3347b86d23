import { buildSample, type SampleSize } from '../engine/sample/sample.ts'
import { sampleNamed, sampleSystems } from '../engine/sample/systems.ts'
import { connect, databaseOf } from '../postgres/connect.ts'
import { type Command, wholeNumber } from './command.ts'

export const sample: Command = {
  name: 'sample',
  argument: {
    name: 'system',
    description: Object.values(sampleSystems)
      .map(({ name, summary }) => `${name}: ${summary}`)
      .join('; '),
  },
  summary: 'build a legacy database to try the road on',
  description: 'Fills an empty database with a legacy system. The same sizes and seed give the same rows.',
  options: [
    {
      flags: '--tenants <n>',
      description: 'tenants (default: 3); of sellout, companies in one schema',
      parse: wholeNumber,
    },
    {
      flags: '--rows <n>',
      description: `${Object.values(sampleSystems)
        .map(({ name, counted, usualRows }) => `${counted} (${name}; default: ${usualRows})`)
        .join(' or ')} per tenant; the other tables follow`,
      parse: wholeNumber,
    },
    { flags: '--small', description: 'hr only: people and where they work, 5 of the 26 tables' },
    { flags: '--zipf', description: 'tenant n gets a share of 1/n: --rows is the largest tenant' },
    {
      flags: '--history <factor>',
      description: 'a longer past: payslips, attendance, leave; journal, bank, stock; logs (default: 1)',
      parse: wholeNumber,
    },
    {
      flags: '--corrupted <n>',
      description: 'sellout only: entries whose user and upload are not of one company (default: 0)',
      parse: wholeNumber,
    },
    { flags: '--seed <n>', description: 'another seed, other values (default: 1)', parse: wholeNumber },
  ],
  examples: [
    'createdb hr_legacy',
    'rowhouse sample hr --database postgres://localhost/hr_legacy',
    'rowhouse sample hr --database postgres://localhost/big --tenants 12 --rows 2760 --zipf',
    'rowhouse sample finance --database postgres://localhost/finance_legacy',
    'rowhouse sample sellout --database postgres://localhost/sellout_legacy --tenants 20 --rows 100000',
  ],
  async run(context, options, system) {
    const name = sampleNamed(system, 'rowhouse sample … --database postgres://localhost/an_empty_database')
    const url = await context.database()
    const built = await buildSample(() => connect(url, 'sample'), {
      ...(options as Partial<SampleSize>),
      system: name,
      onProgress: ({ schema, rows, done, of }) =>
        context.listen({ type: 'sampled', schema, rows, place: { at: done, of } }),
    })
    const { tenants, rows, seed, zipf, history, corrupted, totalRows } = built
    context.result(
      { system, tenants, rows, seed, zipf, history, corrupted, totalRows },
      `${system}: ${tenants} tenants, ${totalRows} rows in database "${databaseOf(url)}"\nnext: rowhouse inspect`,
    )
    return 0
  },
}
