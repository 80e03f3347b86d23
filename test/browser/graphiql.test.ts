/**
 * A folded database in front of a person: the page comes up from this server alone, takes a sign-in, answers a
 * question. The picture of it is test/output/graphiql.png.
 */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { sampleLogins } from '../../src/engine/sample/sample.ts'
import { withClient } from '../../src/postgres/connect.ts'
import { database, type TestDatabase } from '../helpers/database.ts'
import { checkout } from '../helpers/program.ts'
import { type Server, startServer } from '../http/server.ts'
import { findChromium, openBrowser } from './chromium.ts'

type Login = ReturnType<typeof sampleLogins>[number]

const path = findChromium()
const suite = path === undefined ? describe.skip : describe
const why = path === undefined ? ' (skipped: no Chromium on PATH, and CHROMIUM_PATH is not set)' : ''

const queryEditor = '.monaco-editor[data-uri$="operation.graphql"]'
const headersEditor = '.monaco-editor[data-uri$="request-headers.json"]'

const question = `{
  employees(first: 3, filter: { supervisorExists: true, department: { managerExists: true } }) {
    nodes {
      firstName lastName
      department { name manager { firstName lastName } }
      supervisor { firstName lastName }
      payslips(first: 1, orderBy: ROW_ID_ASC) { nodes { number payrollRun { name } } }
    }
  }
}`

/** Long lines are wrapped, wherever a space is. */
const bare = (text: string) => text.replace(/\s/g, '')

/** The same question to the database itself, past all walls: every text that the page must show. */
const truth = `
  select e.first_name, e.last_name, d.name, m.first_name as a, m.last_name as b, s.first_name as c, s.last_name as d,
    p.number, r.name as run
  from hr.employees e
  join app_public.organizations o on o.id = e.organization_id and o.slug = $1
  join hr.departments d on (d.organization_id, d.id) = (e.organization_id, e.department_id)
  join hr.employees m on (m.organization_id, m.id) = (d.organization_id, d.manager_id)
  join hr.employees s on (s.organization_id, s.id) = (e.organization_id, e.supervisor_id)
  join lateral (
    select * from hr.payslips p where (p.organization_id, p.employee_id) = (e.organization_id, e.id) order by p.id limit 1
  ) p on true
  join hr.payroll_runs r on (r.organization_id, r.id) = (p.organization_id, p.payroll_run_id)
  order by e.id limit 3`

suite(`GraphiQL in a browser${why}`, () => {
  let db: TestDatabase
  let server: Server
  let browser: Browser
  let page: Page
  let requests: string[]
  let complaints: string[]
  const [acme, globex] = sampleLogins(2) as [Login, Login]

  beforeAll(async () => {
    db = await database('hr-whole-folded')
    server = await startServer(db.url)
    browser = await openBrowser(path as string)
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await server?.program.stop()
  })

  /** A new profile each time: nobody has signed in, nothing is stored. Tall: lines out of sight are not on the page. */
  beforeEach(async () => {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1800 } })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    requests = []
    complaints = []
    context.on('request', request => requests.push(request.url()))
    page = await context.newPage()
    page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', error => complaints.push(error.message))
    await page.goto(server.url)
    await page.locator(queryEditor).waitFor()
  })
  afterEach(() => page.context().close())

  const signIn = async ({ organization, email, password }: Login) => {
    await page.getByLabel('Organization').fill(organization)
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  /** Pasted: the editor closes the brackets of one who types, sometimes twice. */
  const write = async (editor: string, text: string) => {
    await page.locator(editor).click()
    await page.keyboard.press('Control+A')
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
    await page.keyboard.press('Control+V')
  }
  /** Runs what is in the editor. @returns what the page shows, once it shows `expected` */
  const ask = async (expected: string) => {
    await page.getByRole('button', { name: /^Execute query/ }).click()
    const shown = page.locator('.result-window .view-lines')
    await shown.getByText(expected).first().waitFor()
    return bare((await shown.textContent()) ?? '')
  }

  test('sign in, ask for employees with department and manager, see them', async () => {
    await signIn(acme)
    await page.getByText(`${acme.email} · ${acme.organization} · until`).waitFor()
    await write(queryEditor, question)
    const shown = await ask('"employees"')
    await page.screenshot({ path: join(checkout, 'test/output/graphiql.png') })

    const rows = await withClient(
      db.url,
      'test',
      async client =>
        (await client.query({ text: truth, values: [acme.organization], rowMode: 'array' })).rows,
    )
    expect(rows).toHaveLength(3)
    for (const text of rows.flat()) expect(shown).toContain(bare(JSON.stringify(text)))
    expect(requests.filter(url => !url.startsWith(`${server.url}/`))).toEqual([])
    expect(requests.filter(url => url.endsWith('/graphql')).length).toBeGreaterThan(1)
    expect(complaints).toEqual([])
  })

  test('the first question in the editor is one that can be answered', async () => {
    await signIn(acme)
    await page.getByText(acme.email).waitFor()
    expect(await ask('"currentOrganization"')).toContain(`"slug":"${acme.organization}"`)
  })

  test('who is not signed in is told how, and a wrong password is told as such', async () => {
    expect(await ask('"errors"')).toContain('RH001')
    await signIn({ ...acme, password: 'guessed' })
    await page.getByRole('alert').getByText('RH402').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  test('a header in the editor is stronger than the sign-in', async () => {
    const { body } = await server.post('/auth/login', globex)
    await signIn(acme)
    await page.getByText(acme.email).waitFor()
    await page.getByRole('button', { name: 'Headers' }).click()
    await write(headersEditor, JSON.stringify({ Authorization: `Bearer ${body.token}` }))
    expect(await ask('"currentOrganization"')).toContain(`"slug":"${globex.organization}"`)
  })

  test('the sign-in outlives a reload, and ends when its token is refused', async () => {
    await signIn(acme)
    await page.getByText(acme.email).waitFor()
    await page.reload()
    await page.locator(queryEditor).waitFor()
    // GraphiQL does not keep a question that nobody touched.
    await write(queryEditor, '{ currentOrganization { slug } }')
    await ask('"currentOrganization"')
    await page.evaluate(`
      const kept = JSON.parse(sessionStorage['rowhouse:session'])
      sessionStorage['rowhouse:session'] = JSON.stringify({ ...kept, token: kept.token + 'x' })`)
    expect(await ask('RH401')).toContain(bare('not signed by this server'))
    await page.getByRole('alert').getByText('sign in again').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })
})
