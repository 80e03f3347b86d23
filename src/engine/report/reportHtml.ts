/** The account of a move as one page that needs nothing else: no script, no address, print as it is. Pure. */
import { sayAddress } from '../plan/source.ts'
import type { Reading } from '../shapes/reading.ts'
import type { Account } from './report.ts'

export function accountPage(account: Account): string {
  const { database, server, at, plan, verified, organizations, tables, compared, mismatches } = account
  const verdict =
    verified === null
      ? `The old schemas are ${account.source === null ? 'gone' : `on another server, and were not asked`}: the last verification is what it was.`
      : verified.ok
        ? account.kind === 'single'
          ? `Verified: ${count(verified.rows)} rows have their organization, in place, and nobody sees another's.`
          : `Verified: ${count(verified.rows)} rows are equal to their source, once each, and nobody sees another's.`
        : `DIFFERENT: ${count(mismatches.length)} differences in ${count(verified.rows)} rows.`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${text(`Rowhouse: ${database}`)}</title>
<style>${style}</style></head><body>
<h1>${text(database)}</h1>
<p class="${verified?.ok === false ? 'bad' : 'good'}">${text(verdict)}</p>
${table(
  ['', ''],
  [
    ['server', server],
    ...(account.source === null ? [] : [['source', `database ${sayAddress(account.source)}`]]),
    ['plan', plan],
    ['backup', account.backup ?? 'none named'],
    ['begun', time(account.begun)],
    ['applied', time(account.applied)],
    ['served since', time(account.served)],
    ['this report', time(at)],
  ],
)}
<h2>Organizations</h2>
${table(
  ['organization', 'old schema', 'state', 'tables', 'rows', ''],
  organizations.map(one => [
    one.organization,
    one.schema,
    one.state,
    `${one.copied}/${one.tables}`,
    count(one.rows),
    one.reason ?? '',
  ]),
)}
<h2>Tables</h2>
${table(
  ['old', 'new', 'columns', 'keys', 'doors', 'secret', 'read otherwise'],
  tables.map(one => [
    one.source,
    one.target,
    String(one.columns),
    one.keys,
    one.doors,
    one.secret.join(', '),
    readings(one.readings),
  ]),
)}
${list('Types', account.types)}
${list('Code that is one for all now', account.carriedOver)}
${list('Left where they are, by decision', account.left)}
${list('Tenants left out, by decision', account.skipped)}
<h2>Differences</h2>
${
  mismatches.length === 0
    ? '<p>none</p>'
    : table(
        ['organization', 'table', 'key', 'reason'],
        mismatches.map(one => [one.organization ?? '', one.table ?? '', one.key ?? '', one.reason]),
      )
}
<h2>In quarantine</h2>
${
  account.quarantined.length === 0
    ? '<p>nothing</p>'
    : `<p>Rows whose foreign key leads nowhere, and rows that refer to them: kept beside their tables, compared with their source, in no organization's sight.</p>
${table(
  ['organization', 'table', 'by foreign key', 'rows', 'where'],
  account.quarantined.map(one => [
    one.organization,
    one.table,
    one.foreignKey,
    count(one.rows),
    one.quarantine,
  ]),
)}`
}
<h2>Counts and checksums</h2>
<p>The count and the sum of 64-bit hashes of every row's text, column by column${account.kind === 'single' ? ', as each organization has it' : ', of the old schema; equal in the new table where it says so'}.</p>
${table(
  ['table', 'organization', 'rows', 'checksum', ''],
  compared.map(one => [
    one.table,
    one.organization,
    count(one.rows),
    one.checksum,
    account.kind === 'single' ? '' : one.equal ? 'equal' : 'DIFFERENT',
  ]),
)}
<h2>Not carried over</h2>
${
  account.notCarriedOver.length === 0
    ? '<p>nothing</p>'
    : account.notCarriedOver
        .map(
          ({ kind, name, schemas, definition }) =>
            `<details><summary>${text(`${kind} ${name}`)} <small>${text(`in ${schemas.length}: ${few(schemas)}`)}</small></summary><pre>${text(definition ?? '')}</pre></details>`,
        )
        .join('\n')
}
<h2>What was done</h2>
${table(
  ['operation', 'steps', 'from', 'to'],
  account.journal.map(one => [one.operation, String(one.steps), time(one.from), time(one.to)]),
)}
</body></html>
`
}

/** The JSON has them all. */
const few = (schemas: readonly string[]): string =>
  `${schemas.slice(0, 20).join(', ')}${schemas.length > 20 ? ', …' : ''}`

/** Tenants that read alike are told together: `acme, globex: gift is null, name was character varying(200)`. */
const readings = (all: Readonly<Record<string, Reading>>): string =>
  [...Map.groupBy(Object.entries(all), ([, reading]) => otherwise(reading))]
    .map(([how, same]) => `${few(same.map(([schema]) => schema))}: ${how}`)
    .join('; ')

const otherwise = ({ absent, schema, columns = {} }: Reading): string =>
  [
    ...(absent ? ['has no such table'] : []),
    ...(schema === undefined ? [] : [`its rows are in ${schema}`]),
    ...Object.entries(columns).map(([name, column]) =>
      'value' in column ? `${name} is ${column.value}` : `${name} was ${column.type}`,
    ),
  ].join(', ')

const style = `body{font:14px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0}th,td{border:1px solid #ddd;padding:.2rem .6rem;text-align:left;vertical-align:top}
th{background:#f4f4f4}.good{color:#0a6b2d}.bad{color:#b00020}pre{background:#f6f6f6;padding:.5rem;overflow:auto}small{color:#777}`

const text = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const count = (value: number) => value.toLocaleString('en-US')

const time = (value: Date | null) => (value === null ? 'not yet' : value.toISOString())

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table>${head.some(Boolean) ? `<thead><tr>${head.map(cell => `<th>${text(cell)}</th>`).join('')}</tr></thead>` : ''}<tbody>${rows
    .map(row => `<tr>${row.map(cell => `<td>${text(cell)}</td>`).join('')}</tr>`)
    .join('\n')}</tbody></table>`

const list = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : `<h2>${text(title)}</h2><p>${items.map(text).join('<br>')}</p>`
