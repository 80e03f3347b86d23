/** What `npm start` ends with: where it is, who can sign in, a command to paste. */
import { type SampleName, sampleSystems } from '../engine/sample/systems.ts'
import type { Login } from './demonstration.ts'

/** @param sample undefined: a database of somebody's own, of which we know neither logins nor questions */
export function greeting(url: string, sample: SampleName | undefined, logins: readonly Login[]): string {
  const [first] = logins
  if (sample === undefined || first === undefined) return `serving at ${url} (GraphQL: ${url}/graphql)`
  const credentials = JSON.stringify(first)
  const query = JSON.stringify({ query: sampleSystems[sample].question })
  return [
    '',
    `  GraphQL     ${url}/graphql`,
    `  GraphiQL    ${url}/`,
    '',
    '  sign in as',
    ...logins.map(
      ({ email, password, organization }) => `    ${organization.padEnd(10)}  ${email}  ${password}`,
    ),
    '',
    '  paste this',
    '',
    `TOKEN=$(curl -s ${url}/auth/login -H 'content-type: application/json' \\
  -d '${credentials}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
    `curl -s ${url}/graphql -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" \\
  -d '${query}'`,
    '',
    '  Ctrl-C stops it; the data stays. npm start -- --reset begins again.',
    '',
  ].join('\n')
}
