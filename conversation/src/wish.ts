// What somebody wants, when nothing else is under way: act on it, ask which, or say so and offer a person.

import { advance, openFrame, voidPending } from './frame.ts';
import { pointsBack } from './lexicon.ts';
import type { Skill, SkillModel } from './model.ts';
import { bandOf, rank, type Ranked } from './rank.ts';
import { helpChoice, offerChoices, personChoice, type Run, tell } from './run.ts';

/** Likeness, and for "it" what was shown last: a skill for that kind of thing is meant. */
export function rankFor(run: Run, message: string): Ranked[] {
  const ranked = rank(run.model, message);
  const last = run.state.shown[0];
  if (last === undefined || !pointsBack(message)) return ranked;
  return ranked
    .map(({ skill, score }) => ({
      skill,
      score:
        skill.resource === last.resource && skill.slots.some(({ from }) => from?.resource === last.resource)
          ? Math.min(1, score + 0.12)
          : score,
    }))
    .toSorted((a, b) => b.score - a.score);
}

export function clearlyOther(run: Run, skill: Skill, message: string, least: number): boolean {
  const ranked = rankFor(run, message);
  const [best] = ranked;
  return best !== undefined && best.skill !== skill && best.score >= least && bandOf(ranked).band === 'act';
}

export function wish(run: Run, message: string): void {
  const ranked = rankFor(run, message);
  const { band, choices } = bandOf(ranked);
  const [first] = choices;
  if (band === 'act' && first !== undefined) {
    start(run, first.skill, message);
    return;
  }
  if (band === 'clarify' && first !== undefined) {
    run.state.failed = 0;
    tell(run, choices.length === 1 ? 'Do you mean this?' : 'Which of these do you mean?');
    offerChoices(run, [
      ...choices.map(({ skill }) => ({ label: skill.title, value: `skill:${skill.operation}` })),
      { label: 'None of these', value: 'act:none' },
    ]);
    return;
  }
  notUnderstood(run);
}

/** Says so and offers a person; a bare yes is enough then. */
export function notUnderstood(run: Run): void {
  run.state.failed++;
  run.state.offered = 'handover';
  if (run.state.failed === 1)
    tell(run, 'I cannot help with that by myself. Shall I pass it on to a person, or do you want to try other words?');
  else tell(run, 'I still do not understand, and I do not want to guess. A person can help. Shall I pass this on?');
  offerChoices(run, [personChoice, helpChoice]);
}

export function start(run: Run, skill: Skill | undefined, message: string): void {
  if (skill === undefined) {
    tell(run, 'That is not offered any more. What do you need?');
    return;
  }
  for (const frame of run.state.frames) voidPending(run, frame);
  // Only a question that is still open comes back after this.
  run.state.frames = run.state.frames.filter(({ asking }) => asking !== undefined);
  advance(run, openFrame(run, skill, message));
}

/** At most four things a customer may want, one of each capability. */
export function suggestions(model: SkillModel): { label: string; value: string }[] {
  const seen = new Set<string>();
  return model.skills
    .filter(
      ({ mode, operation }) =>
        mode === 'usable' && !seen.has(operation.split('.')[0] ?? '') && seen.add(operation.split('.')[0] ?? ''),
    )
    .slice(0, 4)
    .map((skill) => ({ label: skill.title, value: `skill:${skill.operation}` }));
}
