/** Writes the generated parts of the documents. A unit test fails if this was forgotten. */
import { writeGenerated } from './generated.ts'

writeGenerated()
