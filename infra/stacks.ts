/** Makes the two stacks of the app. */
import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { allOperations } from '../shared/api/contract.ts'
import { AppStack } from './app-stack.ts'
import { DataStack } from './data-stack.ts'
import { readSettings } from './settings.ts'

const app = new App()
const settings = readSettings(app.node)
const data = new DataStack(app, 'ReferralCenterData', settings)
new AppStack(app, 'ReferralCenter', { data, settings, operations: allOperations })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
