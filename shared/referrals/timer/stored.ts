/** The progress of the sweeper, as it is stored. */
import * as z from 'zod/mini'
import { storedInstant } from '../../kernel/instants.ts'

export const storedSweep = z.object({ sweptUntil: storedInstant })
