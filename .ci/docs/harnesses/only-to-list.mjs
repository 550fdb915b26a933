const refuse = () => Promise.reject(new Error('these tests are listed, not run'))

/** A harness whose tests are listed and never run: which there are follows from what it declares and offers. */
export function onlyToList(name, capabilities, more = { reopen: refuse, openAgain: refuse }) {
  return { name, capabilities, create: refuse, destroy: refuse, ...more }
}
