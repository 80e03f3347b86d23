/** The walk through SQL fails for every change that breaks the isolation; each is rolled back before the next. */
import { authenticatorUrl } from '../postgres/login.ts'
import { readCatalog } from './catalog.ts'
import type { Role } from './house.ts'
import { mutants } from './mutants/index.ts'
import type { Mutant } from './mutants/mutant.ts'
import type { Probe } from './probe.ts'
import { disguise, openSession } from './session.ts'
import { type Baseline, readBaseline, sqlProbes, sqlWalk } from './sqlWalk.ts'
import type { Leak } from './watch.ts'
import { authenticator, makeWorld, visitor, type World } from './world.ts'

let world: World
const baselines = new Map<Role, Baseline>()

beforeAll(async () => {
  world = await makeWorld('hr-whole-folded')
})
afterAll(() => world?.end())

const contextOf = (role: Role) => world.house.attacker.people[role].context

/** The probes that are about it; a disguised superuser can make all but those that need a login. */
function probesFor({ focus, role = 'member' }: Mutant, catalog = world.catalog): Probe[] {
  const { samples, house } = world
  const all = sqlProbes(catalog, samples, house, house.attacker.people[role])
  return all.filter(probe => probe.login !== true && focus(probe))
}

/** Outcomes without victims, asked once. */
async function known(role: Role, probes: readonly Probe[]): Promise<Baseline> {
  const baseline = baselines.get(role) ?? new Map<string, string>()
  baselines.set(role, baseline)
  const missing = probes.filter(({ name }) => !baseline.has(name))
  if (missing.length === 0) return baseline
  const session = await openSession(await authenticatorUrl(world.aloneUrl), visitor, contextOf(role))
  for (const [name, outcome] of await readBaseline(session, missing)) baseline.set(name, outcome)
  await session.end()
  return baseline
}

/** The same for what only the mutant has: the twin is changed alike. */
async function changed({ sql, role = 'member' }: Mutant, probes: readonly Probe[]): Promise<Baseline> {
  await world.alone.query('begin')
  for (const statement of sql) await world.alone.query(statement)
  const session = await disguise(world.alone, authenticator, visitor, contextOf(role))
  const baseline = await readBaseline(session, probes)
  await session.end()
  await world.alone.query('rollback')
  return baseline
}

async function firstLeak(mutant: Mutant): Promise<Leak | undefined> {
  const { admin, watch } = world
  const { sql, role = 'member', isNew } = mutant
  await admin.query('begin')
  try {
    for (const statement of sql) await admin.query(statement)
    const probes = probesFor(mutant, isNew ? await readCatalog(admin, visitor) : world.catalog)
    const baseline = isNew ? await changed(mutant, probes) : await known(role, probes)
    const session = await disguise(admin, authenticator, visitor, contextOf(role))
    const [leak] = await sqlWalk(session, probes, baseline, watch, 1)
    await session.end()
    return leak
  } finally {
    await admin.query('rollback')
  }
}

test('without a change there is nothing to notice', async () => {
  const focus = (probe: Probe) =>
    probe.table !== undefined && !/^(acme|globex|initech|public)/.test(probe.name)
  expect(await firstLeak({ name: 'none', sql: [], focus })).toBeUndefined()
})

test('every change is noticed', async () => {
  const all = await mutants(world.admin, world.catalog)
  const unnoticed: string[] = []
  for (const mutant of all) {
    const leak = await firstLeak(mutant)
    if (leak === undefined) unnoticed.push(mutant.name)
  }
  expect(unnoticed).toEqual([])
  expect(all.length).toBeGreaterThan(100)
}, 180_000)
