export const harness = {}
