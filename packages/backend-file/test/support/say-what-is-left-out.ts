import { mayMount } from '../faults/small-disk.js'
import { legacyData } from './legacy-data.js'
import { python } from './python.js'

/** Runs once before all tests of the package. */
export function setup(): void {
  if (python === undefined) {
    console.log(
      'backend-file: no Python with NumPy was found, so our files are not read back by it; name one in PYTHON',
    )
  }
  if (legacyData === undefined) {
    console.log(
      'backend-file: there is no directory of the Python system to compare with; name one in HOLDFAST_LEGACY_DATA',
    )
  }
  if (!mayMount) {
    console.log(
      'backend-file: no disk can be mounted here, so a small one and one that is read-only are left out; run as root, or where unshare is allowed',
    )
  }
}
