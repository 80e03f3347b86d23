/** What stands in the way of scoping a database in place: each is named, blocks where it must, and can be lifted. */
import { inspectScope, type ScopeFound } from '../../../src/engine/scope/inspect.ts'
import { refuseScope } from '../../../src/engine/scope/refusals.ts'
import { serverFreeBytes } from '../../../src/engine/scope/space.ts'
import { decideScope, resolveScope } from '../../../src/engine/scope/spec.ts'
import { connect, withClient, withDatabase } from '../../../src/postgres/connect.ts'
import { change, companies, customer, file, hazardsOf, inspected, type Said, shop } from './customer.ts'

/** The refusal's text, or null. */
function refusal(found: ScopeFound, said: Said = {}): string | null {
  try {
    refuseScope(found, decideScope(found, file(said)))
    return null
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string }
    return `${code} ${message} ${hint}`
  }
}

test('nothing is in the way of the shop', async () => {
  const found = await inspected(await customer(shop))
  expect(found.inspection.hazards.filter(({ blocks }) => blocks)).toEqual([])
  for (const hazard of found.inspection.hazards) {
    expect(hazard).toMatchObject({
      code: expect.stringMatching(/^[a-z-]+$/),
      object: expect.stringMatching(/./),
      detail: expect.stringMatching(/./),
      hint: expect.stringMatching(/./),
    })
  }
  expect(refusal(found)).toBeNull()
})

type Case = [name: string, sql: string, code: string, object: string, said?: Said]

test.each<Case>([
  [
    'without a key, and rows to assign',
    'alter table logs drop constraint logs_pkey',
    'no-primary-key',
    'logs',
    companies,
  ],
  [
    'partitioned',
    'create table visits (id int, user_id int references users, primary key (id)) partition by hash (id); create table visits_0 partition of visits for values with (modulus 1, remainder 0)',
    'partitioned',
    'visits',
  ],
  [
    'inheritance',
    'create table visits (id int primary key, who int references users); create table old_visits () inherits (visits)',
    'inheritance',
    'visits',
  ],
  ['row security that is on', 'alter table uploads enable row level security', 'row-security', 'uploads'],
  ['a policy', `create policy own on uploads using (true)`, 'row-security', 'uploads'],
  [
    'the column with another meaning',
    'alter table uploads add organization_id int',
    'scope-column-taken',
    'uploads.organization_id',
  ],
  [
    'the column with the same meaning',
    'create table organizations (id uuid primary key); delete from logs; alter table logs add organization_id uuid not null references organizations',
    'scoped-already',
    'logs.organization_id',
    { root: 'users' },
  ],
  [
    'the column, nullable: another meaning',
    'create table organizations (id uuid primary key); delete from logs; alter table logs add organization_id uuid references organizations',
    'scope-column-taken',
    'logs.organization_id',
    { root: 'users' },
  ],
])('blocks: %s', async (_, sql, code, object, said = {}) => {
  const url = await customer(`${shop}; ${sql}`)
  const found = await inspected(url, said)
  expect(hazardsOf(found, code)).toEqual([expect.objectContaining({ object, blocks: true })])
  expect(hazardsOf(found, code)[0]).not.toHaveProperty('acceptable')
  const refused = refusal(found, said)
  expect(refused).toMatch(new RegExp(`^RH115 .*${object} \\(${code}\\)`))
  // What is not acceptable is not accepted; leaving the table to everybody lifts it.
  expect(refusal(found, { ...said, accept: [code] })).toBe(refused)
  const source = object.split('.')[0] ?? ''
  const left: Said = { ...said, tables: { ...said.tables, [source]: { scope: false } } }
  expect(hazardsOf(await inspected(url, left), code)).toEqual([])
})

test('a table without a key is only told while all rows stay the default organization’s', async () => {
  const found = await inspected(await customer(`${shop}; alter table logs drop constraint logs_pkey`))
  expect(hazardsOf(found, 'no-primary-key')).toEqual([
    expect.objectContaining({ object: 'logs', blocks: false }),
  ])
  expect(refusal(found)).toBeNull()
})

test('a publication blocks until it is accepted, for that table or for all', async () => {
  const url = await customer(`${shop}; create publication feed for table uploads, logs (id), currencies`)
  const found = await inspected(url)
  expect(hazardsOf(found, 'publication')).toEqual([
    expect.objectContaining({
      object: 'uploads',
      blocks: true,
      acceptable: true,
      detail: expect.stringContaining('feed'),
    }),
  ])
  expect(hazardsOf(found, 'publication-columns')).toEqual([
    expect.objectContaining({ object: 'logs', blocks: false }),
  ])
  expect(refusal(found)).toMatch(/RH115 .*uploads \(publication\).*accept: \['publication:uploads'\]/)
  expect(refusal(found, { accept: ['publication:logs'] })).not.toBeNull()
  expect(refusal(found, { accept: ['publication:uploads'] })).toBeNull()
  expect(refusal(found, { accept: ['publication'] })).toBeNull()
  await change(url, 'drop publication feed; create publication everything for all tables')
  expect(hazardsOf(await inspected(url), 'publication').map(({ object }) => object)).toEqual([
    'entries',
    'logs',
    'uploads',
    'users',
  ])
})

test('views over scoped tables, over views too, with their owners and what they will see', async () => {
  const url =
    await customer(`${shop}; create view recent as select * from uploads; create view more as select * from recent;
    create materialized view totals as select count(*) from entries; create view by_caller with (security_invoker = true) as select id from uploads;
    create view money as select * from currencies`)
  const login = await lodger(url, 'alter view more owner to LOGIN; grant select on recent to LOGIN')
  const views = hazardsOf(await inspected(url), 'view')
  expect(views.map(({ object, table }) => [object, table])).toEqual([
    ['public.totals', 'entries'],
    ['public.by_caller', 'uploads'],
    ['public.more', 'uploads'],
    ['public.recent', 'uploads'],
  ])
  const said = Object.fromEntries(views.map(({ object, detail }) => [object, detail]))
  expect(said['public.more']).toMatch(new RegExp(`${login}.*none left after the last phase`))
  expect(said['public.recent']).toMatch(/sees every organization/)
  expect(said['public.by_caller']).toMatch(/keeps to the wall/)
  expect(said['public.totals']).toMatch(/no wall is around it/)
  expect(views.every(({ blocks }) => !blocks)).toBe(true)
})

test('triggers on updates matter where rows are assigned; one that always fires blocks', async () => {
  const url = await customer(`${shop};
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touch before update on uploads for each row execute function touch();
    create trigger titled before update of ean on entries for each row execute function touch();
    create trigger added before insert on users for each row execute function touch()`)
  expect(hazardsOf(await inspected(url), 'update-trigger')).toEqual([])
  const found = await inspected(url, companies)
  expect(hazardsOf(found, 'update-trigger')).toEqual([
    expect.objectContaining({ object: 'uploads', blocks: false, detail: expect.stringContaining('touch') }),
  ])
  await change(
    url,
    'alter table uploads enable always trigger touch; create rule log as on update to logs do also select 1',
  )
  const always = await inspected(url, companies)
  expect(hazardsOf(always, 'update-trigger').map(({ object, blocks }) => [object, blocks])).toEqual([
    ['uploads', true],
    ['logs', false],
  ])
  expect(refusal(always, { ...companies, accept: ['update-trigger:uploads'] })).toBeNull()
})

test('a login that cannot act as the owner, or keep triggers quiet', async () => {
  const url = await customer(`${shop};
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touch before update on uploads for each row execute function touch()`)
  const login = await lodger(
    url,
    'grant usage on schema public to LOGIN; grant select on all tables in schema public to LOGIN; grant select on all sequences in schema public to LOGIN; alter table logs owner to LOGIN',
  )
  const own = new URL(url)
  own.username = login
  own.password = 'lodger'
  const found = await withClient(own.toString(), 'inspect', client => inspectScope(client, file(companies)))
  const owners = hazardsOf(found, 'foreign-owner')
  expect(owners.map(({ object }) => object)).toEqual(['entries', 'uploads', 'users'])
  expect(owners[0]).toMatchObject({ blocks: true, hint: expect.stringContaining(`to "${login}"`) })
  expect(hazardsOf(found, 'update-trigger')).toEqual([
    expect.objectContaining({
      object: 'uploads',
      blocks: true,
      acceptable: true,
      hint: expect.stringContaining('session_replication_role'),
    }),
  ])
  // A superuser can act as everybody.
  expect(hazardsOf(await inspected(url, companies), 'foreign-owner')).toEqual([])
})

test('a disk without room is seen before', async () => {
  const url = await customer(
    `${shop}; insert into entries (user_id, upload_id, ean) select 1, 1, g::text from generate_series(1, 20000) g; analyze`,
  )
  const { rows } = await change(
    url,
    `select sum(pg_relation_size(indexrelid))::float8 as bytes from pg_index where indrelid in ('users'::regclass, 'uploads'::regclass, 'entries'::regclass, 'logs'::regclass)`,
  )
  const bytes = rows[0]?.bytes as number
  const tight = await inspected(url, {}, async () => bytes)
  expect(hazardsOf(tight, 'space')).toEqual([
    expect.objectContaining({ object: 'disk', blocks: true, acceptable: true }),
  ])
  expect(refusal(tight)).toMatch(/RH115 .*disk \(space\): .* MB/)
  expect(hazardsOf(await inspected(url, {}, async () => 3 * bytes), 'space')).toEqual([])
  expect(hazardsOf(await inspected(url, {}, async () => null), 'space')).toEqual([
    expect.objectContaining({ blocks: false, detail: expect.stringMatching(/MB.*cannot be seen/) }),
  ])
  // Rows that are assigned are written anew.
  expect(hazardsOf(await inspected(url, companies, async () => 2 * bytes), 'space')).toHaveLength(1)
})

test('the server’s own disk, where it is this machine’s', async () => {
  const url = await customer('select 1')
  const free = await withClient(url, 'inspect', serverFreeBytes)
  // Of a server elsewhere, or in a folder that nobody may look into, nothing is known.
  expect(free === null || free > 0).toBe(true)
})

test('roles: who has rights, by which name; who owns, who is connected; everybody where PUBLIC has rights', async () => {
  const url = await customer(shop)
  const reader = await lodger(url, 'grant select (title) on uploads to LOGIN', 'reader')
  const all = await lodger(url, 'grant pg_read_all_data to LOGIN', 'all')
  const idle = await lodger(url, '', 'idle')
  const busy = await lodger(url, '', 'busy')
  const elsewhere = await lodger(url, 'grant select on currencies to LOGIN', 'elsewhere')
  const own = new URL(url)
  own.username = busy
  own.password = 'lodger'
  const connected = await connect(own.toString(), 'app').catch(error => {
    throw error
  })
  await connected.query(`set application_name to 'the old application'`)
  try {
    const { inspection } = await inspected(url)
    expect(inspection.roles).toEqual(expect.arrayContaining([reader, all, busy]))
    expect(inspection.roles).not.toContain(idle)
    expect(inspection.roles).not.toContain(elsewhere)
    const why = Object.fromEntries(inspection.access.map(({ role, why }) => [role, why]))
    expect(why[reader]).toBe('has rights on uploads')
    expect(why[busy]).toBe('is connected')
    expect(why[all]).toBe('a member of pg_read_all_data')
    const uploads = inspection.tables.find(({ source }) => source === 'uploads')
    expect(uploads?.grants).toEqual([
      { grantee: reader, privilege: 'select', column: 'title', grantable: false },
    ])
    await change(url, 'grant select on logs to public')
    const everybody = await inspected(url)
    expect(everybody.inspection.roles).toContain(idle)
    expect(everybody.inspection.tables.find(({ source }) => source === 'logs')?.grants).toEqual([
      { grantee: 'PUBLIC', privilege: 'select', column: null, grantable: false },
    ])
  } finally {
    await connected.end()
    await change(url, `revoke pg_read_all_data from ${all}`)
  }
})

test('a table that stays everybody’s and refers to one that does not', async () => {
  const found = await inspected(await customer(shop), { tables: { entries: { scope: false } } })
  expect(hazardsOf(found, 'global-refers-to-scoped').map(({ object }) => object)).toEqual([
    'entries',
    'entries',
  ])
})

test('names that the core needs', async () => {
  const found = await inspected(await customer(`${shop}; create table domains (name text primary key)`))
  expect(refusal(found, { core_schema: 'public' })).toMatch(/^RH125 .*"public".*domains/)
  // A legacy table of users keeps its name.
  expect(refusal(await inspected(await customer(shop)), { core_schema: 'public' })).toBeNull()
  expect(refusal(await inspected(await customer(`${shop}; create schema app_private`)))).toMatch(
    /^RH125 .*app_private/,
  )
})

test('a file that scopes nothing is refused', async () => {
  const found = await inspected(await customer('create table stars (id int primary key)'))
  expect(() => resolveScope(found, file())).toThrow(/no table is scoped/)
})

/** A role of its own, as LOGIN in the statements. Roles belong to the server: made in one place, and kept. */
async function lodger(url: string, sql: string, kind = 'owner'): Promise<string> {
  const login = `rowhouse_test_lodger_of_scope_${kind}`
  await change(
    withDatabase(url, 'postgres'),
    `select pg_advisory_lock(7269);
     do $$ begin if to_regrole('${login}') is null then create role ${login} login; end if; alter role ${login} password 'lodger'; end $$;`,
  )
  if (sql !== '') await change(url, sql.replaceAll('LOGIN', login))
  return login
}
