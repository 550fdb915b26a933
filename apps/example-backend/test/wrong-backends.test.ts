import { beforeAll, describe, expect, it } from 'vitest'
import { listedTests } from './command.js'
import { type Outcome, runWrongBackends } from './wrong/run-wrong-backends.js'
import { controlName, wrongBackends } from './wrong/wrong-backends.js'

describe('the suite refuses', () => {
  let outcomes: readonly Outcome[] = []
  const of = (backend: string, suite?: string) =>
    outcomes.filter((outcome) => outcome.backend === backend && outcome.suite === (suite ?? outcome.suite))

  beforeAll(async () => {
    outcomes = await runWrongBackends()
  }, 300_000)

  it('nothing of the right backend, which runs beside the wrong ones', () => {
    expect(of(controlName).filter(({ passed }) => !passed)).toEqual([])
    expect(of(controlName).length).toBeGreaterThan(180)
  })

  for (const { name, suite, promise } of wrongBackends) {
    it(`a backend that ${name}, in "${suite}: ${promise}"`, () => {
      const found = of(name, suite)
      expect(found, 'every test of the suite was run').toHaveLength(of(controlName, suite).length)
      expect(found.filter(({ passed }) => !passed).map(({ title }) => title)).toContain(promise)
    })
  }

  it('something in each of its suites', () => {
    const suites = new Set(of(controlName).map(({ suite }) => suite))
    expect(new Set(wrongBackends.map(({ suite }) => suite))).toEqual(suites)
  })

  it('more than a hundred, each for something else', () => {
    const names = wrongBackends.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(100)
  })

  it('by the tests that the command line runs too', async () => {
    const titles = of(controlName).map(({ suite, title }) => `${suite}: ${title}`)
    expect([...(await listedTests())].sort()).toEqual([...titles].sort())
  })
})
