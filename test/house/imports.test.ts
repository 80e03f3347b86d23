import { wrongImports } from './imports.ts'
import { sources } from './tree.ts'

test('imports point one way', () => {
  expect(wrongImports(sources())).toEqual([])
})

const importing = (path: string, text: string) => wrongImports([{ path, text }])

test.each([
  ['a type', 'src/engine/plan/plan.ts', `import type { App } from '../../http/app.ts'`],
  ['over several lines', 'src/engine/plan/plan.ts', `import {\n  app,\n  more,\n} from "../../http/app.ts"`],
  ['passed on', 'src/postgres/pool.ts', `export * from '../engine/plan.ts'`],
  ['dynamic', 'src/graphql/preset.ts', `const app = await import('../http/app.ts')`],
  ['for its effect', 'src/errors.ts', `import './postgres/pool.ts'`],
  ['from a folder beside', 'src/jobs/clean.ts', `import { preset } from '../graphql/preset.ts'`],
  ['from a program beside', 'src/server.ts', `import { main } from './cli.ts'`],
  ['out of src', 'src/config.ts', `import { run } from '../test/helpers/run.ts'`],
])('an import that points up is found: %s', (_, path, text) => {
  expect(importing(path, text)).toHaveLength(1)
})

test('an import that points down or stays is fine', () => {
  expect(importing('src/commands/serve.ts', `import { codes } from '../errors.ts'`)).toEqual([])
  expect(importing('src/engine/plan/plan.ts', `import { up } from '../operations/copy.ts'`)).toEqual([])
  expect(importing('src/engine/plan/plan.ts', `import pg from 'pg'`)).toEqual([])
})

test('a file outside every layer is found', () => {
  expect(importing('src/utils/things.ts', '')).toHaveLength(1)
})
