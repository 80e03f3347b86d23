import { pbkdf2Sync } from 'node:crypto'
import type pg from 'pg'
import { buildSample, sampleLogins, sampleTenant } from '../../src/engine/sample/sample.ts'
import { connect } from '../../src/postgres/connect.ts'
import { ident, qualified } from '../../src/postgres/identifiers.ts'
import { database } from '../helpers/database.ts'

const size = { tenants: 4, rows: 60, seed: 1 }
const tenants = Array.from({ length: size.tenants }, (_, index) => sampleTenant(index + 1))

let client: pg.Client
beforeAll(async () => {
  client = await connect((await database()).url, 'test')
  await buildSample(client, size)
})
afterAll(() => client.end())

const one = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows[0]

describe('what is nasty', () => {
  const nasty: Record<string, Record<string, string>> = {
    employees_employee: {
      'the empty text': `notes = ''`,
      'a text that says NULL': `notes = 'NULL'`,
      'the end of a copy': `notes = '\\.'`,
      'an array in a text': `notes = '{NULL,"x"}'`,
      newlines: `notes like E'%\\r\\n\\t%'`,
      quotes: `notes like '%''%"%'`,
      backslashes: `notes like E'%\\\\\\\\temp%'`,
      emoji: `notes like '%🎉%'`,
      SQL: `notes like '%''); drop table%'`,
      'a long text stored apart': 'length(notes) > 19000',
      'NULL beside empty': `middle_name is null and exists (select from employees_employee where middle_name = '')`,
      'an array with NULL and the empty text': `array_position(skills, null) > 0 and '' = any (skills)`,
      'an array with quotes': `exists (select from unnest(skills) as s where s ~ '"')`,
      'an array that begins at 0': `array_lower(skills, 1) = 0`,
      'nested jsonb beyond ASCII': `preferences -> 'größe' ->> 'emoji' is not null`,
      'numbers that end in zeros in jsonb': `preferences::text ~ '\\.500'`,
      'numeric that ends in zeros': `rating::text ~ '\\.500$'`,
      'a date before 1900': `born_on = '1852-02-29'`,
      infinity: `last_seen_at = 'infinity'`,
      'minus infinity': `last_seen_at = '-infinity'`,
      'an offset with seconds': `last_seen_at < '1900-01-01' and isfinite(last_seen_at)`,
      'his own supervisor': 'supervisor_id = id',
      'no supervisor': 'supervisor_id is null',
      'a login': 'user_id is not null',
      'a department whose manager works in another': `exists (
           select from employees_department as d where d.manager_id = t.id and d.id <> t.department_id)`,
      'a department that he manages himself': `exists (
           select from employees_department as d where d.manager_id = t.id)`,
    },
    attendance_shift: {
      'the end of the day': `t.ends_at = '24:00'`,
      'an interval of months, days and hours': `t.rotates_every::text like '1 mon -3 days +%'`,
      'no weekday at all': `t.weekdays = '{}'`,
    },
    attendance_geofence: {
      'digits that only binary numbers have': 'length(t.longitude::text) > 14',
      'a network beside addresses': `t.networks[3] >>= t.networks[1] or masklen(t.networks[3]) = 24`,
      'south of the equator': 't.latitude < 0',
      nowhere: 't.location_id is null',
    },
    attendance_holiday: {
      'the end of all days': `t.held_on = '9999-12-31'`,
      'the same day in two offices, and for everybody': `t.location_id is null and exists (
        select from attendance_holiday as o where o.held_on = t.held_on and o.location_id is not null)`,
    },
    attendance_attendance_record: {
      'json with a key twice': `t.device_report::text like '%"up": %.50, "up": null%'`,
      'json with escapes and spaces': `t.device_report::text like '%"app" : %\\\\u00e9%'`,
      'an address of IPv6': 'family(t.ip_address) = 6',
      'a clock in another time zone': 't.device_time <> t.checked_in_at::timestamp',
    },
    leave_leave_policy: {
      'null in jsonb': `t.tenure_bonus = 'null'`,
      'no jsonb at all': 't.tenure_bonus is null',
      'a date without end': `t.valid_to = 'infinity'`,
    },
    payroll_payslip: {
      'no bytes': `t.document_hash = ''`,
      'bytes with a zero': `position('\\x00'::bytea in t.document_hash) > 0`,
    },
    payroll_payroll_run: {
      'a run that corrects another': 't.corrects_id < t.id',
    },
    recruitment_candidate: {
      'a column that is computed': 't.email_key <> t.email',
      'an interval below zero': `t.notice_period < '0'`,
    },
    recruitment_application: {
      'references without a foreign key': 'cardinality(t.interviewer_ids) = 2',
      'one who was hired': 't.hired_employee_id is not null',
    },
    performance_goal: {
      'a goal below another': 't.parent_id is not null',
      'a weight that ends in nothing round': 'length(t.weight::text) >= 8',
    },
  }
  test.each(tenants)('each of it is in $schema', async ({ schema }) => {
    await client.query(`select set_config('search_path', $1, false)`, [ident(schema)])
    const missing: string[] = []
    for (const [table, wanted] of Object.entries(nasty)) {
      for (const [what, condition] of Object.entries(wanted)) {
        const { found } = await one(
          `select exists (select from ${ident(table)} as t where ${condition}) as found`,
        )
        if (!found) missing.push(`${table}: ${what}`)
      }
    }
    await client.query('reset search_path')
    expect(missing).toEqual([])
  })

  test('every column has a value somewhere, and every column that may be without is without somewhere', async () => {
    const { rows } = await client.query(
      `select s.tablename || '.' || s.attname as column, s.null_frac as nulls from pg_stats as s
       join pg_attribute as a on a.attrelid = format('%I.%I', schemaname, tablename)::regclass and a.attname = s.attname
       where schemaname = 'acme' and tablename in (select relname from pg_class where relkind = 'r') and (s.null_frac = 1 or (s.null_frac = 0 and not a.attnotnull)) order by 1`,
    )
    // Computed from a column that is never without.
    expect(rows).toEqual([{ column: 'recruitment_candidate.email_key', nulls: 0 }])
  })

  test('one tenant never used a table: it is empty, referred to, and its sequence untouched', async () => {
    const empty: string[] = []
    for (const { schema } of tenants) {
      for (const { table } of (
        await client.query<{ table: string }>(
          `select relname as table from pg_class where relnamespace = $1::regnamespace and relkind = 'r'`,
          [ident(schema)],
        )
      ).rows) {
        const { none } = await one(`select not exists (select from ${qualified(schema, table)}) as none`)
        if (none) empty.push(`${schema}.${table}`)
      }
    }
    expect(empty).toEqual(['initech.performance_kpi'])
    expect(
      await one('select last_value as at, is_called as used from initech.performance_kpi_id_seq'),
    ).toEqual({
      at: '1',
      used: false,
    })
    const { used } = await one('select is_called as used from acme.performance_kpi_id_seq')
    expect(used).toBe(true)
  })

  test('ids collide, and sequences stand at or above them', async () => {
    for (const { schema } of tenants) {
      const s = ident(schema)
      expect(await one(`select min(id) as first, max(id) as last from ${s}.employees_employee`)).toEqual({
        first: '1',
        last: '66',
      })
      const sequences = await client.query<{ table: string; sequence: string }>(
        `select relname as table, pg_get_serial_sequence(format('%I.%I', $1::text, relname), 'id') as sequence
         from pg_class where relnamespace = $2::regnamespace and relkind = 'r'`,
        [schema, s],
      )
      expect(sequences.rowCount).toBe(28)
      const behind: string[] = []
      for (const { table, sequence } of sequences.rows) {
        const { ahead } = await one(
          `select last_value >= coalesce((select max(id) from ${qualified(schema, table)}), 1) as ahead from ${sequence}`,
        )
        if (!ahead) behind.push(sequence)
      }
      expect(behind).toEqual([])
    }
  })

  test('the same person logs in everywhere, with another password', async () => {
    const people = tenants.map(
      ({ schema }) =>
        `select password from ${ident(schema)}.authentication_user where lower(email) like 'accountant@%'`,
    )
    const { rows } = await client.query(people.join(' union all '))
    expect(new Set(rows.map(row => row.password)).size).toBe(tenants.length)
  })

  test('foreign keys are as Django makes them but for two made by hand, and refer to nothing outside', async () => {
    const { rows } = await client.query(
      `select count(*)::int as keys, bool_and(convalidated) as checked,
         count(*) filter (where not (condeferrable and condeferred))::int as by_hand,
         bool_and(f.relnamespace = k.connamespace) as inside
       from pg_constraint as k join pg_class as f on f.oid = k.confrelid where k.contype = 'f' group by k.connamespace order by 1 desc`,
    )
    expect(rows).toEqual([
      ...tenants.map(() => ({ keys: 45, checked: true, by_hand: 2, inside: true })),
      { keys: 1, checked: true, by_hand: 0, inside: true },
    ])
  })
})

test('the logins it names work', async () => {
  for (const { email, password, organization } of sampleLogins(3)) {
    const row = await one(
      `select password, is_active and is_superuser as administrator from ${ident(organization)}.authentication_user where email = $1`,
      [email],
    )
    const [scheme, iterations, salt, hash] = row.password.split('$')
    const expected = pbkdf2Sync(password, salt, Number(iterations), 32, 'sha256').toString('base64')
    expect({ scheme, hash, administrator: row.administrator }).toEqual({
      scheme: 'pbkdf2_sha256',
      hash: expected,
      administrator: true,
    })
  }
})
