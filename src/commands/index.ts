/** All commands, in the order of the road. */
import { apply } from './apply.ts'
import { cancel } from './cancel.ts'
import type { Command } from './command.ts'
import { complete } from './complete.ts'
import { inspect } from './inspect.ts'
import { plan } from './plan.ts'
import { report } from './report.ts'
import { sample } from './sample.ts'
import { serve } from './serve.ts'
import { start } from './start.ts'
import { status } from './status.ts'
import { verify } from './verify.ts'
import { watch } from './watch.ts'

export const commands: readonly Command[] = [
  start,
  sample,
  inspect,
  plan,
  apply,
  verify,
  report,
  status,
  cancel,
  complete,
  serve,
  watch,
]
