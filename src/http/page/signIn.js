/**
 * Runs in the browser, before GraphiQL starts: puts the token of who signed in on every question that GraphiQL asks
 * without an Authorization header of its own. The token is kept for this tab only, and forgotten once it is refused.
 */
const kept = 'rowhouse:session'
const form = document.getElementById('sign-in')
const signedIn = document.getElementById('signed-in')
const problem = form.querySelector('[role=alert]')

/** @returns {{ token: string, expiresAt: string, email: string, organization: { slug: string } } | null} */
const session = () => JSON.parse(sessionStorage.getItem(kept) ?? 'null')

function show(message = '') {
  const now = session()
  form.hidden = now !== null
  signedIn.hidden = now === null
  problem.textContent = message
  if (now === null) return
  const until = new Date(now.expiresAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  signedIn.querySelector('span').textContent = `${now.email} · ${now.organization.slug} · until ${until}`
}

function forget(message) {
  sessionStorage.removeItem(kept)
  show(message)
}

const send = window.fetch.bind(window)
const endpoint = new URL('/graphql', location.href).href

window.fetch = async (input, init) => {
  const request = new Request(input, init)
  const now = session()
  // To this address and no other: the token must not follow where a page could be made to lead.
  if (request.url !== endpoint || now === null || request.headers.has('authorization')) return send(request)
  request.headers.set('authorization', `Bearer ${now.token}`)
  const response = await send(request)
  if (response.status === 401) forget('Your sign-in has ended: sign in again.')
  return response
}

form.addEventListener('submit', async event => {
  event.preventDefault()
  const fields = Object.fromEntries(new FormData(form))
  try {
    const response = await send('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    })
    const body = await response.json()
    if (!response.ok) return show(`${body.error.message} (${body.error.code})`)
    sessionStorage.setItem(kept, JSON.stringify({ ...body, email: fields.email }))
    form.elements.password.value = ''
    show()
  } catch {
    show('The server does not answer.')
  }
})

signedIn.querySelector('button').addEventListener('click', () => forget())
show()
