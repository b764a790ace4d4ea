/**
 * The process of DynamoDB Local: runs on a free port, is called over keep-alive connections and ends with this process.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { AwsAnswer } from '../../runtime/aws-service.ts'

const emulatorDirectory = fileURLToPath(
  new URL('../../../node_modules/amplify-dynamodb-simulator/emulator', import.meta.url),
)
/** Name that DynamoDB Local gives its file with -sharedDb. */
const databaseName = 'shared-local-instance.db'
/** A cold JVM takes some seconds, and much longer on a machine that is busy with other work. */
const startTimeoutMs = 300_000

/**
 * Ends the emulator when its standard input closes. The system closes it however this process dies, so that the
 * database does not outlive the cloud. A Ctrl-C does not reach the emulator: the cloud handles it.
 */
const guardedJava =
  'exec 3<&0; java "$@" & java=$!; (cat <&3 >/dev/null; kill $java 2>/dev/null) & wait $java'

export class DynamoDbProcess {
  readonly #child: ChildProcess
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  #isStopping = false

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  /** @param onDeath called when the process ends without `stop` */
  static async start(directory: string | undefined, onDeath: () => void): Promise<DynamoDbProcess> {
    if (directory) prepareDatabase(directory)
    const port = await freePort()
    // DynamoDB Local writes a file to its working directory.
    const child = spawnJava(directory ?? tmpdir(), [
      // The JVM starts sooner and needs less memory with the simple compiler and collector.
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Djava.library.path=${join(emulatorDirectory, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(emulatorDirectory, 'DynamoDBLocal.jar'),
      ...(directory ? ['-dbPath', directory] : ['-inMemory']),
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ])
    const emulator = new DynamoDbProcess(child, port)
    await emulator.#ready()
    child.once('exit', () => {
      if (!emulator.#isStopping) onDeath()
    })
    return emulator
  }

  send(target: string, body: string | Buffer): Promise<AwsAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: '127.0.0.1',
          port: this.#port,
          method: 'POST',
          agent: this.#agent,
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'content-length': Buffer.byteLength(body),
            'x-amz-target': target,
            authorization,
          },
        },
        async incoming => {
          const chunks: Buffer[] = []
          for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
          const headers: Record<string, string> = { 'content-type': 'application/x-amz-json-1.0' }
          const checksum = incoming.headers['x-amz-crc32']
          if (typeof checksum === 'string') headers['x-amz-crc32'] = checksum
          resolve({ status: incoming.statusCode ?? 500, headers, body: Buffer.concat(chunks) })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#agent.destroy()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await exited
  }

  async #ready(): Promise<void> {
    let complaint = ''
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      complaint = chunk.toString()
    })
    const deadline = performance.now() + startTimeoutMs
    while (performance.now() < deadline) {
      if (this.#child.exitCode !== null) break
      const answer = await this.send('DynamoDB_20120810.ListTables', '{}').catch(() => undefined)
      if (answer?.status === 200) return
      await sleep(50)
    }
    await this.stop()
    throw new Error(`DynamoDB Local did not start. ${complaint.trim()}`)
  }
}

/**
 * Makes the database of a new directory with a write-ahead log, which DynamoDB Local keeps: a commit waits for the disk
 * once, and not several times. Items survive a killed process either way.
 */
const prepareDatabase = (directory: string): void => {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, databaseName)
  if (existsSync(file)) return
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL')
  database.close()
}

/** DynamoDB Local requires a well-formed signature, but does not verify it. */
const authorization =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'

const spawnJava = (cwd: string, parameters: readonly string[]): ChildProcess => {
  const options: SpawnOptions = { cwd, stdio: ['pipe', 'ignore', 'pipe'] }
  if (process.platform === 'win32') return spawn('java', parameters, options)
  return spawn('sh', ['-c', guardedJava, 'sh', ...parameters], { ...options, detached: true })
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}
