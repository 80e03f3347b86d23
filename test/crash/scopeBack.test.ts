/** `kill -9` on the way back of a database that was scoped in place: in every kind of operation, it ends where it began. */
import { undo } from '../../src/engine/apply/render.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { change } from '../engine/scope/customer.ts'
import { preparedScope, sellout } from '../engine/scope/scoped.ts'
import { database } from '../helpers/database.ts'
import { snapshot } from '../helpers/snapshot.ts'
import { moments, pick, randomOf, seed, strikeAt } from './points.ts'
import { startProxy } from './proxy.ts'
import { applyScope as apply, scopeFolder as folder } from './scoped.ts'
import { finishCommand, journal, sessionEnded, startCommand } from './struck.ts'

/** Two dozen commands one after the other. */
const patience = 240_000

const cancel = (url: string, phase: string) => [
  ...['cancel', '--database', url, '--phase', phase, '--yes', '--confirm'],
  new URL(url).pathname.slice(1),
]

test.each(moments)(
  `kill -9 of cancel, seed ${seed}, %s of every kind of operation on the way back: it ends where it began`,
  async moment => {
    const { url } = await database('sellout-legacy')
    const at = await folder(await sellout())
    const schema = () => withClient(url, 'test', client => snapshot(client))
    const before = await schema()
    const { plan } = await preparedScope(url, { ...(await sellout()), workspace: 'workspace' })
    await finishCommand(apply(url), at)
    // Nobody is to be asked for a file: all rows are the default organization's again.
    await change(
      url,
      `set session_replication_role to replica; ${plan.tables.map(({ target }) => `update public.${target.name} set client_id = (select id from public.organizations where slug = 'default-org')`).join(';')}`,
    )
    const random = randomOf(seed + 20 + moments.indexOf(moment))
    const back = plan.operations
      .toReversed()
      .map(operation => ({ operation, statements: undo(operation, plan) }))
    const said = Map.groupBy(
      back.flatMap(({ statements }) => statements),
      text => text,
    )
    const unique = (texts: readonly string[]) => texts.filter(text => said.get(text)?.length === 1)
    const kinds = Map.groupBy(
      back.filter(({ statements }) => unique(statements).length > 0),
      ({ operation }) => operation.kind,
    )
    expect(kinds.size).toBeGreaterThan(10)
    const chosen = new Set([...kinds.values()].map(same => pick(same, random)))
    for (const one of back.filter(step => chosen.has(step))) {
      const statement = moment === 'inside' ? pick(unique(one.statements), random) : 'commit'
      const proxy = await startProxy(url, strikeAt({ step: one, statement, moment }, 'cancel'))
      const command = startCommand(cancel(proxy.url, 'expand'), at)
      expect(await Promise.race([proxy.stopped(), command.ended])).toMatchObject({ text: statement })
      expect((await command.stop('SIGKILL')).signal).toBe('SIGKILL')
      await sessionEnded(url)
      await proxy.close()
    }
    // After the last commit nothing is left to cancel.
    if ((await journal(url)).length > 0) await finishCommand(cancel(url, 'expand'), at)
    expect(await schema()).toBe(before)
  },
  patience,
)
