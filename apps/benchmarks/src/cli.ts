#!/usr/bin/env node
import { constants } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Benchmark } from './benchmark.js'
import { benchmarks } from './benchmarks.js'
import { type Request, readCommandLine, usage } from './command-line.js'
import { meetsTarget } from './finding.js'
import { findingsTable } from './findings-table.js'
import { describeMachine, type Machine } from './machine.js'
import { quantile } from './quantile.js'
import { withTemporaryFolder } from './temporary-folder.js'

const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let request: Request | undefined
  try {
    request = readCommandLine(args, benchmarks)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage(benchmarks)}`)
    return exitCodes.usage
  }
  if (request === undefined) {
    process.stdout.write(usage(benchmarks))
    return exitCodes.ok
  }
  try {
    await measure(request)
    return exitCodes.ok
  } catch (error) {
    process.stderr.write(`Stopped: ${messageOf(error)}\n`)
    return exitCodes.failed
  }
}

async function measure({ benchmark, sizes, switches, json, folder: parent }: Request): Promise<void> {
  // Better now than after minutes.
  if (json !== undefined) await access(dirname(resolve(json)), constants.W_OK)
  const isFull = Object.entries(benchmark.sizes).every(([size, { full }]) => (sizes[size] ?? 0) >= full)
  const started = new Date()
  const machine = await describeMachine(parent)
  process.stdout.write(`${introduction(benchmark, sizes, machine)}\n`)
  const findings = await withTemporaryFolder(parent, (folder) =>
    benchmark.run(sizes, { folder, switches, say: (what) => void process.stderr.write(`${what} ...\n`) }),
  )
  const seconds = Math.round((Date.now() - started.getTime()) / 1000)
  process.stdout.write(`${findingsTable(findings, isFull)}\n${seconds} s\n`)
  if (!isFull) process.stdout.write('The targets are meant for the full sizes, so none is judged.\n')
  if (json === undefined) return
  const document = {
    benchmark: benchmark.name,
    startedAt: started.toISOString(),
    seconds,
    machine,
    sizes,
    switches: [...switches],
    findings: findings.map((finding) => ({
      ...finding,
      median: finding.samples.length === 0 ? null : quantile(finding.samples, 0.5),
      isMet: (isFull ? meetsTarget(finding) : undefined) ?? null,
    })),
  }
  await writeFile(json, `${JSON.stringify(document, null, 2)}\n`)
}

function introduction(
  { name }: Benchmark,
  sizes: Readonly<Record<string, number>>,
  { processor, processors, memoryGiB, system, node, fileSystem, load }: Machine,
): string {
  return [
    `${name}: ${Object.entries(sizes)
      .map(([size, value]) => `${size} ${value}`)
      .join(', ')}`,
    `${processors} x ${processor}, ${memoryGiB} GiB, ${system}, Node ${node}`,
    `file system: ${fileSystem}`,
    `load before: ${load}`,
    '',
  ].join('\n')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
