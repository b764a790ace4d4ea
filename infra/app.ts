/** The CDK app: two stacks, checked by cdk-nag. The functions are bundled while the CDK loads, which takes a second. */
import { startBundling } from './bundles.ts'

/** Commands such as `cdk ls` need no bundles. */
const isWithoutBundles = /"aws:cdk:bundling-stacks":\s*\[\s*\]/.test(process.env.CDK_CONTEXT_JSON ?? '')

if (!isWithoutBundles) startBundling()
await import('./stacks.ts')
