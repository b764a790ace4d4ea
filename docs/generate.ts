/** Writes the generated documents. A test fails if they are out of date. */
import { writeFileSync } from 'node:fs'
import { generated } from './generated.ts'

for (const [file, content] of Object.entries(generated())) writeFileSync(file, content)
