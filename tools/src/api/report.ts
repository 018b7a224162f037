import type ts from 'typescript5'
import { type Declarations, openDeclarations, type ReadFile } from './declarations.ts'
import { type Missing, missingDocstrings } from './docstrings.ts'
import type { EntryPoint } from './entry-points.ts'
import { printDeclaration } from './printing.ts'
import { type Exported, type Surface, surfaceOf } from './surface.ts'
import { usesOf } from './uses.ts'

/** What one entry point promises, and where it fails to say what that means. */
export type Report = { entry: EntryPoint; text: string; missing: Missing[] }

export function reportsOf(entries: readonly EntryPoint[], readFile: ReadFile): Report[] {
  const declarations = openDeclarations(entries, readFile)
  const surfaces = entries.map((entry) => surfaceOf(declarations, entry))
  return surfaces.map((surface) => {
    const { entry } = surface
    const siblings = surfaces.filter((other) => other.entry.directory === entry.directory)
    const exported = new Set(siblings.flatMap(({ own }) => own.map(({ symbol }) => symbol)))
    return {
      entry,
      text: reportText(declarations, surface, exported),
      missing: missingDocstrings(declarations, surface, readFile),
    }
  })
}

function reportText(declarations: Declarations, surface: Surface, exported: ReadonlySet<ts.Symbol>): string {
  const uses = usesOf(declarations, surface, exported)
  const sections = [
    section('Exports', surface.own.map(exportedText).join('\n\n')),
    section(
      'Exports of other packages',
      [
        ...surface.wholeModules.map((module) => `export * from '${module}';`),
        ...surface.passedOn.map(
          ({ name, of, module }) => `export { ${name === of ? name : `${of} as ${name}`} } from '${module}';`,
        ),
      ].join('\n'),
    ),
    section(
      'Not exported, but part of what is',
      uses.hidden.map(({ declarations: declared }) => allOf(declared, false).join('\n')).join('\n\n'),
    ),
    section(
      'Of other modules',
      uses.imports.map(({ module, name }) => `import { ${name} } from '${module}';`).join('\n'),
    ),
  ]
  return `# ${surface.entry.name}\n\nWritten by \`npm run api\`: the [public interface](README.md).\n${sections.join('')}`
}

function section(title: string, code: string): string {
  return code === '' ? '' : `\n## ${title}\n\n\`\`\`ts\n${code}\n\`\`\`\n`
}

function exportedText({ name, symbol, declarations, onlyType }: Exported): string {
  const lines = allOf(declarations, onlyType)
  if (name !== symbol.name) lines.unshift(`// ${symbol.name}, exported as ${name}`)
  if (onlyType) lines.unshift('// Only as a type.')
  return lines.join('\n')
}

function allOf(declared: readonly ts.Declaration[], onlyType: boolean): string[] {
  return declared.map((declaration) => printDeclaration(declaration, onlyType))
}
