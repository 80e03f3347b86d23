/** The walk through SQL fails for every change that breaks the isolation; each is rolled back before the next. */
import { authenticatorUrl } from '../postgres/login.ts'
import { readCatalog } from './catalog.ts'
import { type Role, roles } from './house.ts'
import { mutants, ofRound, rounds } from './mutants/index.ts'
import type { Mutant } from './mutants/mutant.ts'
import type { Probe } from './probe.ts'
import { disguise, openSession, type Session } from './session.ts'
import { readBaseline, sqlProbes, sqlWalk } from './sqlWalk.ts'
import { round, systems } from './systems.ts'
import type { Leak } from './watch.ts'
import { authenticator, makeWorld, visitor, type World } from './world.ts'

describe.each(systems)('$name', system => {
  let world: World
  /** Where nobody else exists, one for each role. */
  const alone = new Map<Role, Session>()

  beforeAll(async () => {
    world = await makeWorld(system)
  }, 180_000)
  afterAll(async () => {
    for (const session of alone.values()) await session.end()
    await world?.end()
  })

  const contextOf = (role: Role) => world.house.attacker.people[role].context

  /** The probes that are about it; a disguised superuser can make all but those that need a login. */
  function probesFor({ focus, role = 'member' }: Mutant, catalog = world.catalog): Probe[] {
    const { samples, house } = world
    const all = sqlProbes(catalog, samples, house, house.attacker.people[role])
    return all.filter(probe => probe.login !== true && focus(probe))
  }

  async function baselineOf({ sql, isNew, role = 'member' }: Mutant, probes: readonly Probe[]) {
    if (isNew) {
      // Of what only the mutant has: the twin is changed alike.
      await world.alone.query('begin')
      for (const statement of sql) await world.alone.query(statement)
      const session = await disguise(world.alone, authenticator, visitor, contextOf(role))
      const baseline = await readBaseline(session, probes)
      await session.end()
      await world.alone.query('rollback')
      return baseline
    }
    const session =
      alone.get(role) ?? (await openSession(await authenticatorUrl(world.aloneUrl), visitor, contextOf(role)))
    alone.set(role, session)
    return readBaseline(session, probes)
  }

  /** The first probe that notices it, undefined when none does. */
  async function noticing(mutant: Mutant): Promise<Probe | undefined> {
    const { admin, watch } = world
    const { sql, role = 'member', isNew, undo } = mutant
    await admin.query('begin')
    try {
      for (const statement of sql) await admin.query(statement)
      const probes = probesFor(
        mutant,
        isNew ? await readCatalog(admin, visitor, world.system.core) : world.catalog,
      )
      const session = await disguise(admin, authenticator, visitor, contextOf(role))
      let leaks: Leak[] = []
      // Most are noticed by the first few; the others are not to be waited for one by one.
      for (let [at, size] = [0, 4]; at < probes.length && leaks.length === 0; at += size, size *= 2) {
        const part = probes.slice(at, at + size)
        leaks = await sqlWalk(session, part, baselineOf(mutant, part), watch)
      }
      await session.end()
      return probes.find(({ name }) => `sql: ${name}` === leaks[0]?.where)
    } finally {
      await admin.query('rollback')
      if (undo !== undefined) await admin.query(undo)
    }
  }

  /** Of these probes by the same disguise, with nothing changed. */
  async function leaksWithout(role: Role, probes: readonly Probe[]): Promise<Leak[]> {
    const { admin, watch } = world
    await admin.query('begin')
    const session = await disguise(admin, authenticator, visitor, contextOf(role))
    const none: Mutant = { name: 'none', sql: [], focus: () => true, role }
    const leaks = await sqlWalk(session, probes, baselineOf(none, probes), watch)
    await session.end()
    await admin.query('rollback')
    return leaks
  }

  /** What noticed a change, by who asked. */
  const used = new Map<Role, Probe[]>(roles.map(role => [role, []]))

  test(`every kind of change is noticed, round ${round} of ${rounds}`, async () => {
    const all = await mutants(world)
    const made = ofRound(all, round)
    const unnoticed: string[] = []
    for (const mutant of made) {
      const probe = await noticing(mutant)
      if (probe === undefined) unnoticed.push(mutant.name)
      else if (!mutant.isNew) used.get(mutant.role ?? 'member')?.push(probe)
    }
    expect(unnoticed).toEqual([])
    const kinds = (mutants: readonly Mutant[]) => new Set(mutants.map(({ kind, name }) => kind ?? name))
    expect(kinds(made)).toEqual(kinds(all))
    const broken = new Set(made.map(({ name }) => name.replace(/: .*/, '')))
    const walled = world.catalog.tables.filter(({ doors }) => doors !== '').map(({ name }) => name)
    expect([...broken]).toEqual(expect.arrayContaining(walled))
    expect(made.length).toBeGreaterThan(3 * walled.length)
  }, 180_000)

  test('what noticed a change notices nothing without it', async () => {
    expect([...used.values()].flat().length).toBeGreaterThan(50)
    for (const [role, probes] of used) expect(await leaksWithout(role, probes)).toEqual([])
  })
})
