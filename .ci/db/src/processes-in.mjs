import { readdir, readlink } from 'node:fs/promises'

/**
 * The processes whose root folder, or working folder, is this one, whoever started them. Zombies have neither.
 *
 * @param {string} folder real path, as the kernel reports it in `/proc/<pid>/root` and `/proc/<pid>/cwd`
 * @param {'root' | 'cwd'} [link]
 * @returns {Promise<readonly number[]>}
 */
export async function processesIn(folder, link = 'root') {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const target = await readlink(`/proc/${pid}/${link}`).catch(() => undefined)
      return target === folder ? [Number(pid)] : []
    }),
  )
  return found.flat()
}
