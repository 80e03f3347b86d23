/**
 * `employees`, not `hrEmployees`: a schema's name is no part of what the API calls things. Only where two served
 * schemas have a table, type or function of the same name, those outside the first schema keep their schema's name;
 * and so does a table whose rows would be called what GraphQL or PostGraphile calls something else (`lines`).
 */
import 'postgraphile'
import { gatherConfig } from 'postgraphile/graphile-build'
import type { Introspection, PgNamespace } from 'postgraphile/graphile-build-pg/pg-introspection'

declare global {
  namespace GraphileConfig {
    interface Plugins {
      PlainNamesPlugin: true
    }
    interface GatherHelpers {
      rowhouseNames: Record<string, never>
    }
  }
}

/** Names of a namespace that another served one has too. */
const clashes = new WeakMap<PgNamespace, ReadonlySet<string>>()

const prefix = (namespace: PgNamespace | undefined, name: string, isTaken = false): string =>
  namespace !== undefined && (isTaken || clashes.get(namespace)?.has(name)) ? `${namespace.nspname}_` : ''

/** Types that are there without any table; a second of the same name would silently lose its fields. */
const taken = new Set(
  `Query Mutation Subscription Node PageInfo Cursor Point Line LineSegment Box Path Polygon Circle Interval
  Date Time Datetime JSON UUID BigInt BigFloat Int Float String Boolean ID InternetAddress MacAddr XML
  KeyValueHash Base64EncodedBinary BitString LTree`.split(/\s+/),
)

export const PlainNamesPlugin: GraphileConfig.Plugin = {
  name: 'PlainNamesPlugin',
  description: 'Leaves the schema out of names wherever the name is clear without it',
  inflection: {
    replace: {
      _schemaPrefix: () => '',
      tableResourceName(previous, _options, details) {
        const { pgClass } = details
        const isTaken = taken.has(this.upperCamelCase(this.singularize(pgClass.relname)))
        return prefix(pgClass.getNamespace(), pgClass.relname, isTaken) + previous?.(details)
      },
      functionResourceName: (previous, _options, details) =>
        prefix(details.pgProc.getNamespace(), details.pgProc.proname) + previous?.(details),
      classCodecName(previous, _options, details) {
        const { pgClass } = details
        const isTaken = taken.has(this.upperCamelCase(this.singularize(pgClass.relname)))
        return this.camelCase(
          `${prefix(pgClass.getNamespace(), pgClass.relname, isTaken)}${previous?.(details)}`,
        )
      },
      enumValue: (previous, _options, value, codec) =>
        legalName(
          value,
          label => previous?.(label, codec) ?? label,
          codec.values.map(one => one.value),
        ),
      typeCodecName(previous, _options, details) {
        const { pgType } = details
        return this.camelCase(`${prefix(pgType.getNamespace(), pgType.typname)}${previous?.(details)}`)
      },
    },
  },
  gather: gatherConfig({
    namespace: 'rowhouseNames',
    helpers: {},
    hooks: {
      pgIntrospection_introspection(info, { introspection, serviceName }) {
        const service = info.resolvedPreset.pgServices?.find(({ name }) => name === serviceName)
        findClashes(introspection, service?.schemas ?? [])
      },
    },
  }),
}

const isLegal = (name: string) => /^[_a-z][_a-z0-9]*$/i.test(name)

/** `part paid` → `part_paid`, `₿` → `U20BF`: GraphQL's names are letters, digits and `_`. Labels that meet get a number. */
export function legalName(label: string, name: (label: string) => string, labels: readonly string[]): string {
  const legal = (of: string): string => {
    const given = name(of)
    if (isLegal(given)) return given
    const plain = of
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^_a-z0-9]+/gi, '_')
      .replaceAll(/^_+|_+$/g, '')
    const codes = [...of].map(letter => letter.codePointAt(0)?.toString(16).toUpperCase()).join('_')
    return plain === '' ? `U${codes}` : isLegal(plain) ? plain : `_${plain}`
  }
  const before = labels.slice(0, labels.indexOf(label)).filter(other => legal(other) === legal(label)).length
  return before === 0 ? legal(label) : `${legal(label)}_${before + 1}`
}

function findClashes(introspection: Introspection, [first, ...others]: readonly string[]): void {
  const names = new Map<string, Set<string>>()
  const note = (schema: string | undefined, name: string) => {
    if (schema !== undefined) names.set(schema, (names.get(schema) ?? new Set()).add(name))
  }
  for (const one of introspection.classes) note(one.getNamespace()?.nspname, one.relname)
  for (const one of introspection.types) note(one.getNamespace()?.nspname, one.typname)
  for (const one of introspection.procs) note(one.getNamespace()?.nspname, one.proname)
  for (const schema of others) {
    const rest = [first, ...others].filter(other => other !== schema)
    const shared = [...(names.get(schema) ?? [])].filter(name =>
      rest.some(other => other !== undefined && names.get(other)?.has(name)),
    )
    const namespace = introspection.namespaces.find(({ nspname }) => nspname === schema)
    if (namespace !== undefined) clashes.set(namespace, new Set(shared))
  }
}
