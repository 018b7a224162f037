/** The package that is imported by this name. */
const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]

/** What is wrong with a README for somebody who has found it in a registry: its first program runs once what it says is installed. */
export function checkReadme(readme: string): string[] {
  const installs = [...readme.matchAll(/^npm install (.*)$/gm)].flatMap(([, names]) => names!.split(/\s+/))
  if (installs.length === 0) return ['it does not say how it is installed: npm install NAME']
  const [, program = ''] = /^```(?:js|ts)\n(.*?)^```$/ms.exec(readme) ?? []
  const imported = [...program.matchAll(/\bfrom '([^'.][^']*)'/g)].map(([, specifier]) => specifier!)
  const needed = new Set(imported.filter((specifier) => !specifier.startsWith('node:')).map(packageOf))
  return [...needed]
    .filter((name) => !installs.includes(name))
    .map((name) => `its first program needs ${name}, which it does not say to install`)
}
