#!/usr/bin/env node
/** The command line: arguments to commands, failures to messages and exit statuses. */
import { access } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { CommanderError, Command as Program } from 'commander'
import { type Command, type Context, defaultSpec } from './commands/command.ts'
import { makeDisplay } from './commands/display.ts'
import { commands } from './commands/index.ts'
import { announced } from './commands/runningServer.ts'
import { type Config, readConfig } from './config.ts'
import { RowhouseError } from './errors.ts'
import { asRowhouseError } from './postgres/connect.ts'

type Shared = { readonly database?: string; readonly spec?: string; readonly json?: boolean }

let refusal = ''
const program = new Program('rowhouse')
  .description('One shared Postgres, one row of houses: every tenant in its own rows, behind its own walls.')
  .exitOverride()
  .configureHelp({ sortSubcommands: false })
  // What commander would say of wrong use is said as every other refusal is (the end of this file).
  .configureOutput({
    writeErr: text => {
      refusal += text
    },
  })

let status = 0
for (const command of commands) {
  const one = program
    .command(command.name, { hidden: command.hidden ?? false })
    .summary(command.summary)
    .description(
      [`${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`, command.description]
        .filter(Boolean)
        .join(' '),
    )
    .option(
      '--database <url>',
      'postgres://user@host/database (default: DATABASE_URL, else the server of a running npm start)',
    )
    .option('--spec <file>', 'the spec file (default: tenancy.json5, where there is one)')
    .option('--json', 'the result as JSON on stdout, events as JSON lines on stderr')
  for (const { flags, description, parse } of command.options) {
    if (parse) one.option(flags, description, parse)
    else one.option(flags, description)
  }
  if (command.argument) {
    one.argument(
      command.argument.optional ? `[${command.argument.name}]` : `<${command.argument.name}>`,
      command.argument.description,
    )
  }
  one.addHelpText('after', `\nExamples:\n${command.examples.map(example => `  ${example}`).join('\n')}`)
  one.action(async (...given: unknown[]) => {
    const argument = command.argument ? (given.shift() as string | undefined) : undefined
    status = await runCommand(command, given[0] as Shared & Record<string, unknown>, argument)
  })
}

async function runCommand(
  command: Command,
  options: Shared & Record<string, unknown>,
  argument: string | undefined,
): Promise<number> {
  const json = options.json ?? false
  const display = makeDisplay(process.stderr, json)
  try {
    const environment = readConfig()
    // What was typed comes before what is set.
    const config = { ...environment, databaseUrl: options.database ?? environment.databaseUrl }
    const context: Context = {
      config,
      json,
      listen: display.listen,
      say: display.say,
      spec: options.spec ?? (await specHere()),
      database: async () => databaseUrl(config),
      from: () => sourceUrl((options.from as string | undefined) ?? environment.sourceUrl),
      result(value, text) {
        display.clear()
        process.stdout.write(`${json ? JSON.stringify(value) : text}\n`)
      },
      confirm: async question => /^y(es)?$/i.test(await ask(`${question} [y/N] `)),
      ask: question => ask(`${question} `),
    }
    const invalid = Object.entries(options).find(([, value]) => Number.isNaN(value))
    if (invalid) {
      throw new RowhouseError('RH200', {
        message: `--${invalid[0]} must be a whole number`,
        hint: `rowhouse ${command.name} --help`,
      })
    }
    return await command.run(context, options, argument)
  } catch (error) {
    display.clear()
    return report(error, json)
  }
}

function databaseUrl(config: Config): string {
  const url = config.databaseUrl ?? announced(config.home)
  if (url === undefined) {
    throw new RowhouseError('RH200', {
      message: 'no database was named',
      hint: 'add --database postgres://user@host/database, or set DATABASE_URL',
    })
  }
  return address(url, '--database')
}

const sourceUrl = (url: string | undefined) => (url === undefined ? undefined : address(url, '--from'))

function address(url: string, option: string): string {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url
  throw new RowhouseError('RH200', {
    message: `${option} must be an address like postgres://user@host:5432/database`,
    hint: 'quote it, and percent-encode special letters of the password',
  })
}

const specHere = (): Promise<string | undefined> =>
  access(defaultSpec).then(
    () => defaultSpec,
    () => undefined,
  )

/** Without a terminal nobody can answer: empty, which is no. */
async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) return ''
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await reader.question(question)).trim()
  } finally {
    reader.close()
  }
}

/** A failure on stderr: for people in three lines, with --json as one. @returns the exit status */
function report(thrown: unknown, json: boolean): number {
  const error = asRowhouseError(thrown)
  if (!(error instanceof RowhouseError)) {
    process.stderr.write(
      json
        ? `${JSON.stringify({ error: { code: 'RH500', message: String(error) } })}\n`
        : `${(error as Error)?.stack ?? error}\n`,
    )
    return 1
  }
  if (json) process.stderr.write(`${JSON.stringify({ error })}\n`)
  else {
    const colour = process.stderr.isTTY ? (text: string) => styleText('red', text) : (text: string) => text
    process.stderr.write(`${colour(`error ${error.code}`)}: ${error.message}\n`)
    if (error.detail) process.stderr.write(`  detail: ${error.detail.replaceAll('\n', '\n  ')}\n`)
    if (error.hint) process.stderr.write(`  hint: ${error.hint.replaceAll('\n', '\n  ')}\n`)
  }
  return error.exit
}

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // Help is no failure, asked for or not; whatever else commander refuses is wrong use.
  const isHelp = error.exitCode === 0 || error.code === 'commander.help'
  if (error.code === 'commander.help') process.stderr.write(refusal)
  status = error.exitCode === 0 ? 0 : 2
  if (!isHelp) {
    const message = error.message.replace(/^error: /, '')
    const hint = 'rowhouse --help, or rowhouse <command> --help'
    status = report(new RowhouseError('RH200', { message, hint }), process.argv.includes('--json'))
  }
}
process.exitCode = status
