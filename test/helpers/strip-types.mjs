/** Jest's transform: what Node does when it runs TypeScript, nothing more, so that tests run what users run. */
import { createHash } from 'node:crypto'
import { stripTypeScriptTypes } from 'node:module'

export default {
  process: source => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: source => createHash('sha1').update(source).update(process.version).digest('hex'),
}
