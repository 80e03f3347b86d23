/** Django's password hashes, and the work that a login takes. */
import { parseHash, passwordChecker } from '../../src/http/password.ts'
import { djangoHash } from '../graphql/house.ts'

const check = passwordChecker(1000)

test('a hash that Django made is verified', async () => {
  // From Django's own tests (tests/auth_tests/test_hashers.py): 'lètmein', 'seasalt2', 1,000,000 iterations.
  const hash = 'pbkdf2_sha256$1000000$seasalt2$egbhFghgsJVDo5Tpg/k9ZnfbySKQ1UQnBYXhR97a7sk='
  expect(parseHash(hash)).toMatchObject({ iterations: 1_000_000, salt: 'seasalt2' })
  expect(await check('lètmein', hash)).toBe(true)
  expect(await check('lètmeinz', hash)).toBe(false)
})

test('another password, another salt, other iterations', async () => {
  const hash = djangoHash('right')
  expect(await check('right', hash)).toBe(true)
  expect(await check('wrong', hash)).toBe(false)
  expect(await check('right', hash.replace('pepper', 'papper'))).toBe(false)
  expect(await check('right', hash.replace('$1000$', '$1001$'))).toBe(false)
})

test.each([
  ['no hash', null],
  ['unusable, as Django marks it', '!abcdef'],
  ['another algorithm', 'argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA'],
  ['a hash of another length', 'pbkdf2_sha256$1000$pepper$YWJj'],
  ['no iterations', djangoHash('right').replace('$1000$', '$0$')],
  ['more iterations than anybody uses', djangoHash('right').replace('$1000$', '$99999999$')],
])('%s is never right', async (_name, hash) => {
  expect(await check('right', hash)).toBe(false)
})

test('whoever does not exist costs as much work as whoever does', async () => {
  const work: number[] = []
  const counted = passwordChecker(200_000, async (_password, _salt, iterations, bytes) => {
    work.push(iterations)
    return Buffer.alloc(bytes)
  })
  await counted('wrong', djangoHash('right', 200_000))
  await counted('wrong', null)
  await counted('wrong', '!unusable')
  expect(work).toEqual([200_000, 200_000, 200_000])
})
