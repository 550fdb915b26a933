import type { Scope } from '@holdfast/core'
import { plainText } from './plain-text.js'
import { sampleTenants } from './sample-questions.js'
import type { DirectorySurvey } from './survey-directory.js'

/** Who plays in the story: one who asks, and another one of the same kind, so that nothing is theirs together. */
export interface Cast {
  readonly asking: Scope
  readonly other: Scope
}

/** @returns `undefined` when the directory has no tenant and no user. */
export function chooseCast(survey: DirectorySurvey, isSample: boolean): Cast | undefined {
  if (isSample) {
    return { asking: { tenantId: sampleTenants.asking }, other: { tenantId: sampleTenants.other } }
  }
  const group = survey.tenants.length > 0 ? survey.tenants : survey.users
  const [first, second] = [...group].sort((a, b) => b.nodes - a.nodes)
  if (first === undefined) return undefined
  const nobody = survey.tenants.length > 0 ? { tenantId: 'somebody else' } : { userId: 'somebody else' }
  return { asking: first.scope, other: second?.scope ?? nobody }
}

/** `tenant pedalwick`, `user renée`. */
export function describeScope({ tenantId, userId }: Scope): string {
  return plainText(tenantId ? `tenant ${tenantId}` : `user ${userId}`)
}
