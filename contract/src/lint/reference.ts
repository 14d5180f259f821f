// The page that explains every rule, made from the rules themselves.

import { rules } from './lint.ts';

/** Markdown of `docs/reference/lint.md`: why, and an example before and after. */
export function emitLintReference(): string {
  const parts = rules.map((rule) => {
    const severities = [
      rule.severity,
      ...(rule.refuses ? ['the edge refuses to run the contract'] : []),
      ...(rule.foreign === undefined ? [] : [`${rule.foreign} for contracts of others`]),
    ];
    return `## ${rule.id}\n\n${rule.why} (${severities.join('; ')})\n\nNot so:\n${block(rule.bad)}\nBut so:\n${block(rule.good)}`;
  });
  return `<!-- Made from contract/src/lint/rules: npm run generate -->\n# Lint rules\n\nWhat \`plinth lint\` finds in a contract. Every example runs as a test.\n\n${parts.join('\n')}`;
}

function block(text: string): string {
  return `\`\`\`yaml\n${text}\n\`\`\`\n`;
}
