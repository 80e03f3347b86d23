/** Puts our own validation rules beside GraphQL's. */
import 'postgraphile'
import type {} from 'postgraphile/grafserv'
import { sizeLimit } from '../limits.ts'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      LimitsPlugin: true
    }
  }
}

export const LimitsPlugin: GraphileConfig.Plugin = {
  name: 'LimitsPlugin',
  description: 'Refuses documents that are too deep or too large',
  grafserv: {
    middleware: {
      setPreset(next, event) {
        event.validationRules.push(sizeLimit)
        return next()
      },
    },
  },
}
