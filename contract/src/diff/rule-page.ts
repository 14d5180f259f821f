// The page that explains every rule of the gate, made from the table itself.

import { exceptions, meanings, places, properties, type Row, sides, single, values } from './rules.ts';

/** Markdown of `docs/reference/diff.md`. */
export function emitDiffReference(): string {
  return `<!-- Made from contract/src/diff/rules.ts: npm run generate -->
# Rules of the gate

What \`plinth diff\` tells. The id of a rule is *place, subject, change*: \`request.property.maximum.lowered\`. How bad a change
is depends on who sends what stands there: what callers send must stay right, what they read must have been right before.
How to use it: [the guide](../guides/diff.md).

| Place | Parts | Who sends it |
|---|---|---|
${places.map(([side, parts]) => `| \`${side}\` | ${parts.join(', ')} | ${sides[side] === 'sent' ? 'callers' : 'we'} |`).join('\n')}

\`webhook\` stands for webhooks and callbacks: calls that we make. \`webhook-answer\` is what their receivers answer.

## Values

A proof that what was right stays right takes these away; each that stays is shown by a value where one is found.

${tableOf(values)}
## Meaning

${tableOf(meanings)}
Elsewhere than in the table: ${Object.entries(exceptions)
    .map(([id, level]) => `\`${id}\` ${level}`)
    .join(', ')}.

## Properties

The place is the side alone: \`request.property.removed\`.

${tableOf(properties.map(([subject, change, sent, read, says]): Row => [subject, change, sent, read, says]))}
## Everything else

| Rule | Level | Says |
|---|---|---|
${single.map(([id, level, says]) => `| \`${id}\` | ${level} | ${worded(says)} |`).join('\n')}
`;
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ([subject, change, sent, read, says]) => `| \`${subject}.${change}\` | ${sent} | ${read} | ${worded(says)} |`,
  );
  return ['| Subject and change | Callers send it | Callers read it | Says |', '|---|---|---|---|', ...lines, ''].join(
    '\n',
  );
}

function worded(says: string): string {
  return says.replaceAll('{before}', '*before*').replaceAll('{after}', '*after*');
}
