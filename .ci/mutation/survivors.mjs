const kthLargest = 'packages/backend-file/src/search/kth-largest.ts'
const topK = 'packages/backend-file/src/search/top-k.ts'

/**
 * Mutants that no test can notice, because they make no other program as far as anybody can see. `times` says how many
 * there are of the same change in that file; 1 where it is absent.
 */
export const explained = [
  {
    file: 'packages/core/src/cursor.ts',
    from: "'latin1'",
    to: "''",
    reason: 'The text is ASCII, which is the same in UTF-8, what an empty name stands for.',
  },
  {
    file: kthLargest,
    from: '0',
    to: '1',
    times: 6,
    reason: 'What stands for a value that is not there, at a place that is always within the array.',
  },
  {
    file: kthLargest,
    from: '<=',
    to: '<',
    times: 2,
    reason: 'Equal values change places, or one takes the place of its equal: the same values stay.',
  },
  { file: kthLargest, from: '<', to: '<=', reason: 'Of two equal children the other one moves up.' },
  { file: kthLargest, from: '>=', to: '>', reason: 'A value sinks below its equal: the same values stay.' },
  {
    file: topK,
    from: '>',
    to: '>=',
    times: 2,
    reason:
      'The root is compared with a parent that is not there, which ends the loop as well; and no two rows have one place.',
  },
  { file: topK, from: '<', to: '<=', reason: 'The scores are not equal here: the line above has asked.' },
  {
    file: topK,
    from: 'a === undefined',
    to: 'false',
    reason: 'Without a left child the swap finds nothing and ends the loop.',
  },
  {
    file: topK,
    from: 'false',
    to: 'true',
    reason: 'The loop goes on to the end of a heap that is in order already, and swaps nothing.',
  },
  { file: topK, from: '||', to: '&&', reason: 'Both are there or the caller has returned before.' },
]
