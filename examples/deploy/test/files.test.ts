/** The files say what the program does: names, ports, paths, and what keeps a majority there. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const sources = read('host.js') + read('settings.js')
/** What the program reads; where hosts are is told in one way or the other. */
const variables = (text: string): string[] =>
  [...new Set([...text.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name!))].sort()
const needed = variables(sources).filter((name) => !['HOSTS', 'DISCOVER', 'ADVERTISE'].includes(name))

// biome-ignore lint/suspicious/noExplicitAny: the shape of a manifest is what is tested.
type Manifest = any
const manifests: Manifest[] = parseAllDocuments(read('kubernetes.yaml')).map((each) => {
  expect(each.errors).toEqual([])
  return each.toJS()
})
const of = (kind: string): Manifest => manifests.find((manifest) => manifest.kind === kind)
const pod = of('StatefulSet').spec.template.spec
const [container] = pod.containers
const envOf = (list: { name: string; value?: string }[]): Record<string, string> =>
  Object.fromEntries(list.map(({ name, value = '' }) => [name, value]))

test('Kubernetes gives the program what it reads, and asks where it answers', () => {
  const env = envOf(container.env)
  for (const name of needed) expect(Object.keys(env)).toContain(name)
  expect(container.command).toEqual(['node', 'host.js'])
  const port = Number(env.PROBES!.split(':')[1])
  expect(container.ports).toContainEqual({ name: 'probes', containerPort: port })
  expect(container.ports).toContainEqual({ name: 'rafted', containerPort: Number(env.LISTEN!.split(':')[1]) })
  for (const [probe, path] of [
    ['startupProbe', '/livez'],
    ['livenessProbe', '/livez'],
    ['readinessProbe', '/readyz'],
  ])
    expect(container[probe!].httpGet).toEqual({ path, port: 'probes' })
  const mounts = Object.fromEntries(
    container.volumeMounts.map((mount: Manifest) => [mount.mountPath, mount.name]),
  )
  expect(mounts[env.DIR!]).toBe(of('StatefulSet').spec.volumeClaimTemplates[0].metadata.name)
  expect(env.SECRET_FILE).toBe('/run/secrets/rafted/secret')
  expect(mounts['/run/secrets/rafted']).toBe(pod.volumes[0].name)
})

test('Kubernetes finds hosts by the headless service, ready or not, and names each for good', () => {
  const [service, set] = [of('Service'), of('StatefulSet')]
  const { name } = service.metadata
  expect(service.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true })
  expect(set.spec).toMatchObject({ serviceName: name, podManagementPolicy: 'Parallel' })
  const env = envOf(container.env)
  expect(env.DISCOVER).toBe(`_${service.spec.ports[0].name}._tcp.${name}.default.svc.cluster.local`)
  expect(env.ADVERTISE).toBe(`$(ID).${name}.default.svc.cluster.local:${service.spec.ports[0].port}`)
  expect(container.env[0].valueFrom.fieldRef.fieldPath).toBe('metadata.name')
})

test('Kubernetes takes away one host at a time, and gives it time to hand over', () => {
  const set = of('StatefulSet').spec
  const { matchLabels } = set.selector
  expect(set.template.metadata.labels).toEqual(matchLabels)
  expect(of('Service').spec.selector).toEqual(matchLabels)
  expect(of('PodDisruptionBudget').spec).toEqual({ maxUnavailable: 1, selector: { matchLabels } })
  expect(set.updateStrategy.type).toBe('RollingUpdate')
  expect(set.replicas % 2).toBe(1)
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(10)
  const [apart] = pod.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution
  expect(apart).toEqual({ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } })
  expect(pod.topologySpreadConstraints[0].topologyKey).toBe('topology.kubernetes.io/zone')
})

test('the job runs what creates the group', () => {
  const job: Manifest = parse(read('kubernetes-create.yaml'))
  const [create] = job.spec.template.spec.containers
  expect(create.command).toEqual(['node', 'create.js'])
  const env = envOf(create.env)
  expect(env.AT).toBe('shop-0.shop.default.svc.cluster.local:7000')
  for (const name of variables(read('create.js'))) expect(Object.keys(env)).toContain(name)
  expect(create.image).toBe(container.image)
})

test('Compose gives the program what it reads', () => {
  const compose: Manifest = parse(read('compose.yaml'), { merge: true })
  const { create, ...hosts } = compose.services
  expect(Object.keys(hosts)).toEqual(['a', 'b', 'c'])
  for (const [id, host] of Object.entries<Manifest>(hosts)) {
    for (const name of needed) expect(Object.keys(host.environment)).toContain(name)
    expect(host.environment).toMatchObject({ ID: id, HOSTS: 'a:7000,b:7000,c:7000' })
    expect(host.command).toEqual(['node', 'host.js'])
    expect(host.volumes).toEqual([`${id}:${host.environment.DIR}`])
    expect(host.healthcheck.test.at(-1)).toContain(`:${host.environment.PROBES.split(':')[1]}/livez`)
  }
  expect(create.command).toEqual(['node', 'create.js'])
  expect(create.environment.AT).toBe('a:7000')
})

test('the image holds what the program imports', () => {
  const copied = /^COPY (host\.js .*) \.\/$/m.exec(read('Dockerfile'))![1]!.split(' ')
  for (const file of copied)
    for (const [, imported] of read(file).matchAll(/from '\.\/([^']+)'/g)) expect(copied).toContain(imported)
  expect(read('Dockerfile')).toContain('CMD ["node", "host.js"]')
})

const withoutSystemd = spawnSync('systemd-analyze', ['--version']).status !== 0

test('the unit gives the program what it reads', () => {
  const unit = read('rafted.service')
  for (const name of needed) expect(unit).toMatch(new RegExp(`\\b${name}=`))
  expect(unit).toContain('ExecStart=/usr/bin/node /opt/rafted/host.js')
})

test.skipIf(withoutSystemd)('systemd takes the unit', () => {
  const directory = mkdtempSync(join(tmpdir(), 'unit-'))
  try {
    const path = join(directory, 'rafted.service')
    // It wants the programs to be there, wherever this machine has them.
    writeFileSync(path, read('rafted.service').replace('/usr/bin/node', process.execPath))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' })
    expect(stderr.split('\n').filter((line) => line.includes('rafted.service'))).toEqual([])
    expect(status, stderr).toBe(0)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
