/** The tenant that asks in the story about the sample, and the other help desk that must not see its memories. */
export const sampleTenants = { asking: 'pedalwick', other: 'sunmarrow' } as const

/** Questions of `fixtures/make/queries.json` for the asking tenant, and the conversation that answers each. */
export const sampleQuestions = [
  { question: 'How do I reset my password?', conversationId: 'pw-password-reset' },
  {
    question: "My battery won't charge, the charger light stays orange.",
    conversationId: 'pw-heron-battery',
  },
  { question: 'When do I get my refund?', conversationId: 'pw-refund-charger' },
] as const
