/** The demo program that a fresh local cloud starts with. */
import type { Cloud } from './cloud.ts'

export async function seedDemo(_cloud: Cloud): Promise<void> {}
