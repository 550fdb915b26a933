/** Something that is compared with cannot be, for a reason of its own. Nothing of ours is wrong then. */
export class OtherProgramError extends Error {
  override readonly name = 'OtherProgramError'
}
