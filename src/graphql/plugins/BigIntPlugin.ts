/**
 * `employee(rowId: 7)`: a bigint is given as a string or as a number. PostGraphile takes strings only, because
 * JavaScript's numbers end at 2^53; a literal in the document is text and loses nothing, and a variable is refused
 * only where it may have lost something already. Answers stay strings.
 */
import 'postgraphile'
import { GraphQLError, Kind } from 'postgraphile/graphql'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      BigIntPlugin: true
    }
  }
}

export const BigIntPlugin: GraphileConfig.Plugin = {
  name: 'BigIntPlugin',
  description: 'Accepts whole numbers for BigInt, besides strings',
  schema: {
    hooks: {
      GraphQLScalarType(config) {
        if (config.name !== 'BigInt') return config
        return {
          ...config,
          parseLiteral(node) {
            if (node.kind === Kind.INT || node.kind === Kind.STRING) return whole(node.value)
            throw new GraphQLError('BigInt is a whole number, bare or in quotes', { nodes: node })
          },
          parseValue(value) {
            if (typeof value === 'string') return whole(value)
            if (Number.isSafeInteger(value)) return String(value)
            throw new GraphQLError('BigInt is a whole number; beyond 2^53 it must be in quotes')
          },
        }
      },
    },
  },
}

function whole(text: string): string {
  if (/^-?\d{1,19}$/.test(text)) return text
  throw new GraphQLError('BigInt is a whole number of at most 19 digits')
}
