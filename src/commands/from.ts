/** `--from`: the option of every command that reads the old schemas. */
import type { Option } from './command.ts'

export const from: Option = {
  flags: '--from <url>',
  description:
    'the old schemas are on this server (Postgres 12 or later), and --database is where they go (default: SOURCE_DATABASE_URL)',
}
