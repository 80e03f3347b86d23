/**
 * How much one document may ask for, decided before anything runs: planning a huge document costs the server more
 * than sending it costs the sender. Statements have their own limit, in time.
 */
import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'postgraphile/graphql'

/** GraphiQL's own introspection is 15 deep; the deepest sensible walk over relations is far less. */
const deepest = 24
/** Fields after fragments are expanded. GraphiQL's introspection has some 200. */
const most = 2000

/** Each field of the root is a transaction of its own: one caller must not take all connections for long. */
const widest = 100

/** `width`: fields of the first level. */
type Size = { readonly depth: number; readonly fields: number; readonly width: number }

/** A validation rule: refuses documents that are too deep or too large, fragments expanded. */
export function sizeLimit(context: ValidationContext): ASTVisitor {
  // Each fragment is measured once: fragments of fragments double with every step.
  const known = new Map<string, Size>()

  function sizeOf(set: SelectionSetNode | undefined, within: ReadonlySet<string>): Size {
    let [depth, fields, width] = [0, 0, 0]
    for (const selection of set?.selections ?? []) {
      const size =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? sizeOfFragment(context.getFragment(selection.name.value), within)
          : sizeOf(selection.selectionSet, within)
      const own = selection.kind === Kind.FIELD ? 1 : 0
      depth = Math.max(depth, size.depth + own)
      fields += size.fields + own
      width += own === 1 ? 1 : size.width
    }
    return { depth, fields, width }
  }

  function sizeOfFragment(
    fragment: FragmentDefinitionNode | null | undefined,
    within: ReadonlySet<string>,
  ): Size {
    const name = fragment?.name.value
    // A fragment that contains itself is refused by GraphQL's own rules.
    if (fragment == null || name === undefined || within.has(name)) return { depth: 0, fields: 0, width: 0 }
    const size = known.get(name) ?? sizeOf(fragment.selectionSet, new Set([...within, name]))
    known.set(name, size)
    return size
  }

  return {
    OperationDefinition(operation) {
      const { depth, fields, width } = sizeOf(operation.selectionSet, new Set())
      if (depth <= deepest && fields <= most && width <= widest) return
      const message =
        depth > deepest
          ? `the document is ${depth} levels deep; at most ${deepest} are answered`
          : fields > most
            ? `the document asks for ${fields} fields; at most ${most} are answered`
            : `the document asks ${width} questions; at most ${widest} are answered`
      context.reportError(
        new GraphQLError(message, {
          nodes: operation,
          extensions: { code: 'RH413', hint: 'ask in several requests' },
        }),
      )
    },
  }
}
