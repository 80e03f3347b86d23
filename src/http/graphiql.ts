/**
 * The page for people: GraphiQL with a form above it to sign in. Without one, the first thing that a newcomer does
 * is to paste a token of 350 letters into the headers editor, and again in each new tab and each hour.
 */
import { fileURLToPath } from 'node:url'
import type { Express, Response } from 'express'
import type {} from 'postgraphile/grafserv'

type Page = NonNullable<GraphileConfig.Preset['ruru']>

/** Not below the path of GraphiQL's own files, which grafserv answers for. */
const files = ['signIn.css', 'signIn.js'] as const
const folder = fileURLToPath(new URL('./page', import.meta.url))

/** A question that every database answers. */
const defaultQuery = `# Sign in above, then ask: Ctrl-Enter runs it, Ctrl-Space completes.

{
  currentUser { name email }
  currentOrganization { name slug }
}
`

/** Posted as a form where scripts are off: a password must never become part of an address. */
const form = `
<form id="sign-in" method="post" action="/auth/login" aria-label="Sign in">
  <input name="organization" placeholder="Organization" aria-label="Organization" autocomplete="organization" required>
  <input name="email" type="email" placeholder="E-mail" aria-label="E-mail" autocomplete="username" required>
  <input name="password" type="password" placeholder="Password" aria-label="Password" autocomplete="current-password" required>
  <button>Sign in</button>
  <span role="alert"></span>
</form>
<div id="signed-in" hidden><span></span><button type="button">Sign out</button></div>
`

/** What grafserv makes its page of. */
export const page: Page = {
  clientConfig: { defaultQuery } as NonNullable<Page['clientConfig']>,
  htmlParts: {
    // An icon in words, or the browser asks for /favicon.ico and reports that there is none.
    metaTags: tags => `${tags}\n<link rel="icon" href="data:,">`,
    titleTag: '<title>Rowhouse · GraphiQL</title>',
    styleTags: tags => `${tags}\n<link rel="stylesheet" href="/graphiql/signIn.css">`,
    // A module: it runs when the form is there, and before the module at the page's end that starts GraphiQL.
    headerScripts: tags => `${tags}\n<script type="module" src="/graphiql/signIn.js"></script>`,
    bodyContent: content => form + content,
  },
}

/** GET / leads to the page; /graphiql/signIn.* are the form's files. */
export function addPage(app: Express): void {
  app.get('/', (_request, response) => response.redirect('/graphiql'))
  for (const file of files) {
    app.get(`/graphiql/${file}`, (_request, response: Response) =>
      response.sendFile(file, { root: folder, cacheControl: false, lastModified: false }),
    )
  }
}
