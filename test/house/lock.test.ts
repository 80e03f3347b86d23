import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkout } from '../helpers/program.ts'

type Lock = { packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }> }

const { missingPackages } = (await import(join(checkout, 'bin/complete-lock.mjs'))) as {
  missingPackages(lock: Lock): readonly unknown[]
}

const lock = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as Lock

// Mended by `node bin/complete-lock.mjs`.
test('the lock knows the packages of every platform, so that npm ci works on all of them', () => {
  expect(missingPackages(lock)).toEqual([])
  const { 'node_modules/@biomejs/cli-darwin-arm64': _, ...packages } = lock.packages
  expect(missingPackages({ packages })).toHaveLength(1)
})
