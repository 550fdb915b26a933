import { beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, runWrongBackends } from './wrong/run-wrong-backends.js'
import { controlName, wrongBackends } from './wrong/wrong-backends.js'

describe('the suite refuses', () => {
  let outcomes: readonly Outcome[] = []
  const of = (backend: string) => outcomes.filter((outcome) => outcome.backend === backend)
  const failedSuites = (backend: string) => [
    ...new Set(of(backend).flatMap(({ passed, suite }) => (passed ? [] : [suite]))),
  ]

  beforeAll(async () => {
    outcomes = await runWrongBackends()
  }, 300_000)

  it('nothing of the reference backend, which runs beside the wrong ones', () => {
    expect(failedSuites(controlName)).toEqual([])
    expect(of(controlName).length).toBeGreaterThan(150)
  })

  it.each(wrongBackends)('a backend that $name, in "$foundBy"', ({ name, foundBy }) => {
    expect(of(name), 'every test was run').toHaveLength(of(controlName).length)
    expect(failedSuites(name)).toContain(foundBy)
  })

  it('something in each of its suites', () => {
    const suites = new Set(of(controlName).map(({ suite }) => suite))
    expect(new Set(wrongBackends.map(({ foundBy }) => foundBy))).toEqual(suites)
  })
})
