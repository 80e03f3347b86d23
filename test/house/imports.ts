/** Which file imports which, and which of those point up. */
import { posix } from 'node:path'
import type { File } from './tree.ts'

/** From the top down. A file may import from its own layer's folder or from any layer below. */
const layers: readonly (readonly string[])[] = [
  ['src/cli.ts', 'src/server.ts', 'src/worker.ts'],
  ['src/commands/'],
  ['src/http/'],
  ['src/graphql/', 'src/jobs/'],
  ['src/engine/'],
  ['src/postgres/'],
  ['src/config.ts', 'src/errors.ts', 'src/log.ts'],
]

const place = (path: string): { level: number; part: string } | undefined => {
  for (const [level, parts] of layers.entries()) {
    const part = parts.find(one => (one.endsWith('/') ? path.startsWith(one) : path === one))
    if (part !== undefined) return { level, part }
  }
  return undefined
}

/** `import … from`, `export … from`, bare and dynamic imports, and types by `import('…')`. */
const specifiers = (text: string): readonly string[] =>
  [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)(['"`])([^'"`\n]+)\1/g)].map(match => match[2] ?? '')

/** One sentence per import that points the wrong way or leaves src, and per file that has no layer. */
export function wrongImports(files: readonly File[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const own = place(path)
    if (own === undefined) return [`${path} is in no layer of test/house/imports.ts`]
    return specifiers(text).flatMap(specifier => {
      if (!specifier.startsWith('.')) return []
      const target = posix.join(posix.dirname(path), specifier)
      const other = place(target)
      if (other === undefined) return [`${path} imports ${target}, which is in no layer`]
      // Single files of the lowest layer may know each other; programs and sibling folders may not.
      const together =
        other.part === own.part || (other.level === own.level && own.level === layers.length - 1)
      return together || other.level > own.level
        ? []
        : [`${path} imports ${target}, which is above or beside it`]
    })
  })
}
