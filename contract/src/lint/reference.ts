// The page that explains every rule, made from the rules themselves.

import type { Rule, RuleEntry } from './rule.ts';
import { groups } from './rule.ts';
import { rules } from './rules/index.ts';
import { loadRules } from './rules/load.ts';
import { isPlanned } from './vocabulary.ts';

/** All rules with those of loading: what `--list-rules` and the page tell. */
export const everyRule: readonly (RuleEntry | Rule)[] = groups.flatMap((group) =>
  [...loadRules, ...rules].filter((rule) => rule.group === group),
);

/** Markdown of `docs/reference/lint.md`: why, and an example before and after. */
export function emitLintReference(): string {
  const chapters = groups.map((group) => {
    const inside = everyRule.filter((rule) => rule.group === group).map(section);
    return `## ${group}\n\n${inside.join('\n')}`;
  });
  return `<!-- Made from contract/src/lint/rules: npm run generate -->\n# Lint rules\n\nWhat \`plinth lint\` finds in a contract, by chapter. Every example runs as a test. How to use it: [the guide](../guides/lint.md).\n\n${chapters.join('\n')}`;
}

function section(rule: RuleEntry | Rule): string {
  const facts = [
    rule.severity,
    ...('refuses' in rule ? ['the edge refuses to run the contract'] : []),
    ...(rule.foreign === undefined ? [] : [`${rule.foreign} in the preset foreign`]),
    ...('of' in rule ? [rule.of === 'own' ? 'contracts of ours' : 'contracts of others'] : []),
    ...('needs' in rule && rule.needs !== undefined && isPlanned(rule.needs)
      ? [`waits for \`x-plinth.${rule.needs}\``]
      : []),
  ];
  const [bad, good] = [rule.companions?.bad ?? rule.bad, rule.companions?.good ?? rule.good];
  return `### ${rule.id}\n\n${rule.why} (${facts.join('; ')})${optionWords(rule)}\n\nNot so:\n${block(bad)}\nBut so:\n${block(good)}`;
}

/** A line for each option: its name, what it means, what holds when nothing is said. */
function optionWords({ options = {} }: RuleEntry): string {
  const lines = Object.entries(options).map(([name, option]) => {
    const values = 'of' in option ? `; one of ${option.of.map((word) => `\`${word}\``).join(', ')}` : '';
    return `- option \`${name}\`: ${option.what}, \`${option.is}\` by default${values}`;
  });
  return lines.length === 0 ? '' : `\n\n${lines.join('\n')}`;
}

function block(text: string): string {
  return `\`\`\`yaml\n${text.trimEnd()}\n\`\`\`\n`;
}
