// The page that explains every rule of the gate, made from the table itself.

import map from './oasdiff-map.json' with { type: 'json' };
import { diffRule, exceptions, meanings, places, properties, type Row, sides, single, values } from './rules.ts';

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

${othersVerdicts()}`;
}

type Verdict = string | { rule: string; because: string } | { silent: string } | { inapplicable: string };

/** Where teams that know oasdiff will see another verdict. A test holds that these are all of them. */
function othersVerdicts(): string {
  const verdicts = Object.entries(map as Record<string, Verdict>);
  const told = verdicts.flatMap(([id, verdict]) =>
    typeof verdict === 'object' && 'because' in verdict
      ? [`| \`${id}\` | \`${verdict.rule}\` | ${diffRule(verdict.rule).level} | ${verdict.because} |`]
      : [],
  );
  const without = verdicts.flatMap(([id, verdict]) =>
    typeof verdict === 'object' && 'inapplicable' in verdict ? [`| \`${id}\` | ${verdict.inapplicable} |`] : [],
  );
  const applicable = verdicts.length - without.length;
  return `## Otherwise than oasdiff

Of the ${verdicts.length} rules of [oasdiff](https://www.oasdiff.com), ${applicable} apply here, and ${applicable - told.length} of them have the same verdict, break or
no break. These ${told.length} are notes there and break here:

| Rule of oasdiff | Rule here | Level | Because |
|---|---|---|---|
${told.join('\n')}

These ${without.length} have no counterpart:

| Rule of oasdiff | Because |
|---|---|
${without.join('\n')}
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
