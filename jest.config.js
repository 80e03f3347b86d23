/** Tests run on a real Postgres: one server per run (test/helpers/setup.mjs), one database per file. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.rowhouse/'],
  watchman: false,
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'mjs', 'js', 'cjs', 'json', 'node'],
  transform: { '\\.ts$': '<rootDir>/test/helpers/strip-types.mjs' },
  testSequencer: '<rootDir>/test/helpers/sequencer.mjs',
  globalSetup: '<rootDir>/test/helpers/setup.mjs',
  globalTeardown: '<rootDir>/test/helpers/teardown.mjs',
  testTimeout: 60_000,
  // The machines this runs on have two cores, and Postgres needs one of them.
  maxWorkers: 2,
}
