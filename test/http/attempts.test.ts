/** Counting failed logins. */
import { countAttempts, TooManyAttempts } from '../../src/http/attempts.ts'

test('the limit holds for one address and e-mail, until the window ends', () => {
  let now = 0
  const attempts = countAttempts({ limit: 2, seconds: 60, now: () => now })
  const begin = (address = '::1', email = 'a@b', organization = 'acme') =>
    attempts.begin(address, email, organization)
  begin()
  now = 30
  begin()
  expect(() => begin()).toThrow(TooManyAttempts)
  expect(() => begin('::1', 'A@B')).toThrow('too many')
  // Postgres folds it to the same letter.
  expect(() => begin('::1', '\u00e1@b')).toThrow('too many')
  // Another organization is another door, and success there opens none here.
  begin('::1', 'a@b', 'globex')
  attempts.succeeded('::1', 'a@b', 'globex')
  expect(() => begin()).toThrow('too many')
  begin('::2')
  begin('::1', 'c@d')
  now = 61
  begin()
})

test('a login that worked starts the count anew', () => {
  const attempts = countAttempts({ limit: 2 })
  for (let n = 0; n < 10; n++) {
    attempts.begin('::1', 'a@b', 'acme')
    attempts.succeeded('::1', 'a@b', 'acme')
  }
})

test('memory is bounded', () => {
  const attempts = countAttempts({ limit: 1, most: 100 })
  for (let n = 0; n < 1000; n++) attempts.begin('::1', `${n}@b`, 'acme')
  // The first were forgotten, the last are known.
  attempts.begin('::1', '0@b', 'acme')
  expect(() => attempts.begin('::1', '999@b', 'acme')).toThrow(TooManyAttempts)
})
