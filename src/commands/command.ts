/** What a command is: data for the help, and a function from parsed options to a result. */
import type { Config } from '../config.ts'
import type { Listener } from '../engine/apply/events.ts'

export type Option = {
  /** As commander reads it: `--tenants <n>`, `--yes`. */
  readonly flags: string
  readonly description: string
  readonly parse?: (text: string) => unknown
}

export type Context = {
  readonly config: Config
  /** `--database`, else DATABASE_URL, else the embedded server that is running. @throws RowhouseError RH200 */
  database(): Promise<string>
  /** `--from`, else SOURCE_DATABASE_URL; undefined: the old schemas are in the database itself. @throws RowhouseError RH200 */
  from(): string | undefined
  /** The spec file's path, when one was named or `tenancy.json5` lies here. */
  readonly spec: string | undefined
  readonly json: boolean
  /** Results: stdout. With --json `value` as JSON, otherwise `text`. */
  result(value: unknown, text: string): void
  /** One line for people, on stderr; silent with --json. */
  say(line: string): void
  /** Progress, on stderr. */
  readonly listen: Listener
  /** Asks on the terminal. Without one the answer is no. */
  confirm(question: string): Promise<boolean>
  ask(question: string): Promise<string>
}

export type Command = {
  readonly name: string
  readonly argument?: { readonly name: string; readonly description: string; readonly optional?: true }
  readonly summary: string
  readonly description?: string
  readonly options: readonly Option[]
  readonly examples: readonly string[]
  /** Not in the list of commands: called by npm scripts. */
  readonly hidden?: boolean
  /** @returns the exit status; failures are thrown */
  run(
    context: Context,
    options: Readonly<Record<string, unknown>>,
    argument: string | undefined,
  ): Promise<number>
}

/** A whole number on the command line. */
export const wholeNumber = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN)

/** A whole number on the command line, of things at work. */
export const atLeastOne = (text: string): number => wholeNumber(text) || Number.NaN

/** A command that reads the spec file of this one. */
export const withSpec = (command: string, spec: string | undefined): string =>
  spec === undefined || spec === defaultSpec ? command : `${command} --spec ${spec}`

/** What follows a look that wrote nothing. */
export const afterInspect = (spec: string | undefined): string =>
  spec === undefined ? `rowhouse inspect --write ${defaultSpec}` : withSpec('rowhouse plan', spec)

/** Read where it lies and none is named. */
export const defaultSpec = 'tenancy.json5'
