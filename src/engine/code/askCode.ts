/** What must be asked of the database before code can be judged: once for each text, whoever has it. Reads only. */
import type pg from 'pg'
import type { OtherObject } from '../catalog/catalog.ts'
import type { FunctionAbout } from '../catalog/codeQueries.ts'
import { askFunctions, functionText } from './askFunctions.ts'
import { askViews, textOf, type View } from './askViews.ts'
import { askNames } from './names.ts'
import type { Surroundings } from './shareCode.ts'
import { isName, tokensOf } from './tokens.ts'

/** @param others of all tenants that may be moved */
export async function askCode(
  client: pg.ClientBase,
  others: readonly OtherObject[],
): Promise<Pick<Surroundings, 'names' | 'functions' | 'views'>> {
  const texts = new Set<string>()
  const functions = new Map<string, OtherObject>()
  const views = new Map<string, View>()
  for (const other of others) {
    if (other.kind === 'function') {
      const { kind, body } = other.about as FunctionAbout
      texts.add(body ?? '')
      if (kind === 'f' && body !== null) functions.set(functionText(other), other)
    }
    if (other.kind === 'trigger') texts.add(other.definition ?? '')
    if (other.kind !== 'view') continue
    const view = other as View
    if (views.has(textOf(view))) continue
    views.set(textOf(view), view)
    texts.add(view.definition)
  }
  const words = new Set<string>()
  const operators = new Set<string>()
  for (const token of [...texts].flatMap(text => tokensOf(text) ?? [])) {
    if (isName(token)) words.add(token.name)
    else if (token.kind === 'operator') operators.add(token.text)
  }
  return {
    names: await askNames(client, words, operators, new Set(others.map(({ schema }) => schema))),
    functions: await askFunctions(client, [...functions.values()]),
    views: await askViews(client, [...views.values()]),
  }
}
