/** Writes what the docs say of the code, from the code; a test catches a forgotten run. */
import { writeFileSync } from 'node:fs'
import { generated } from './generated.ts'

for (const [file, content] of Object.entries(generated())) writeFileSync(file, content)
