import { parseAst } from 'vitest/node'

const swaps = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '>>': ['<<'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '++': ['--'],
  '+=': ['-='],
  '-=': ['+='],
}
const methods = new Map([
  ['every', 'some'],
  ['some', 'every'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
])
/** Calls that a chain can do without. */
const leftOut = new Set(['filter', 'slice', 'sort', 'map', 'reverse', 'trim', 'toLowerCase'])

/**
 * Small changes to a TypeScript source, each of which makes another program: what stands from `start` to `end` becomes
 * `text`. Types, imports and the texts of errors are left alone: they are no behaviour that is promised.
 */
export function mutantsOf(source) {
  const mutants = []
  const add = (start, end, text) => {
    if (source.slice(start, end) !== text) mutants.push({ start, end, text })
  }
  const between = (left, right, operator) => {
    const start = left.end + source.slice(left.end, right.start).indexOf(operator)
    return [start, start + operator.length]
  }
  const visit = (node) => {
    if (Array.isArray(node)) for (const each of node) visit(each)
    if (typeof node !== 'object' || node === null || typeof node.type !== 'string') return
    if (/^(TSAs|TSSatisfies|TSNonNull)/.test(node.type)) return visit(node.expression)
    if (/^(TS|Import|ThrowStatement)/.test(node.type)) return
    mutate(node, add, between, source)
    for (const [key, child] of Object.entries(node)) {
      if (!['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments'].includes(key)) visit(child)
    }
  }
  visit(parseAst(source, { lang: 'ts' }).body)
  return mutants
}

function mutate(node, add, between, source) {
  const textOf = ({ start, end }) => source.slice(start, end)
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      for (const swap of swaps[node.operator] ?? []) {
        add(...between(node.left, node.right, node.operator), swap)
      }
      break
    case 'UpdateExpression':
      add(node.start, node.end, textOf(node).replace(node.operator, swaps[node.operator]?.[0] ?? ''))
      break
    case 'UnaryExpression':
      if (node.operator === '!' || node.operator === '-') add(node.start, node.end, textOf(node.argument))
      break
    case 'ConditionalExpression':
    case 'IfStatement':
    case 'WhileStatement':
      for (const value of ['true', 'false']) add(node.test.start, node.test.end, value)
      break
    case 'Literal':
      if (typeof node.value === 'boolean') add(node.start, node.end, String(!node.value))
      if (typeof node.value === 'number') add(node.start, node.end, String(node.value + 1))
      if (typeof node.value === 'string') add(node.start, node.end, node.value === '' ? "'mutant'" : "''")
      break
    case 'TemplateLiteral':
      add(node.start, node.end, '``')
      break
    case 'ArrayExpression':
      if (node.elements.length > 0) add(node.start, node.end, '[]')
      break
    case 'ArrowFunctionExpression':
      if (node.body.type !== 'BlockStatement') add(node.body.start, node.body.end, 'undefined')
      break
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      if (node.body) add(node.body.start, node.body.end, '{}')
      break
    case 'BreakStatement':
      add(node.start, node.end, '')
      break
    case 'CallExpression':
      mutateCall(node, add)
      break
    case 'ExpressionStatement':
      add(node.start, node.end, ';')
      break
  }
}

function mutateCall({ callee, end }, add) {
  if (callee.type !== 'MemberExpression' || callee.computed) return
  const { name } = callee.property
  const other = methods.get(name)
  if (other !== undefined) add(callee.property.start, callee.property.end, other)
  if (leftOut.has(name)) add(callee.object.end, end, '')
}
