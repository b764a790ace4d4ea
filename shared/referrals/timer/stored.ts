/** Stored form of the sweep mark. */
import * as z from 'zod/mini'
import { storedInstant } from '../../kernel/instants.ts'

export const storedSweep = z.object({ sweptUntil: storedInstant })
