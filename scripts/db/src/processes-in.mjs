import { readdir, readlink } from 'node:fs/promises'

/**
 * The processes whose root folder is this one, whoever started them.
 *
 * @param {string} root real path, as the kernel reports it in `/proc/<pid>/root`
 * @returns {Promise<readonly number[]>}
 */
export async function processesIn(root) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const seenRoot = await readlink(`/proc/${pid}/root`).catch(() => undefined)
      return seenRoot === root ? [Number(pid)] : []
    }),
  )
  return found.flat()
}
