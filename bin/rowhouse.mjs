#!/usr/bin/env node
/**
 * The `rowhouse` command. npx starts it with whatever Node the machine has; the program itself needs Node 24
 * and reads its TypeScript directly, so it is re-executed there, in the caller's directory.
 */
import { ensureInstall } from './install.mjs'
import { exitLike, program, runOnNode24 } from './node24.mjs'

await ensureInstall()
exitLike(await runOnNode24([program('src/cli.ts'), ...process.argv.slice(2)], { directory: process.cwd() }))
