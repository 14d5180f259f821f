export { compileSkills, type CompileOptions } from './compile.ts';
export { inputText, opening, turn } from './dialogue.ts';
export type { Field, Lookup, Skill, SkillModel, Slot, View } from './model.ts';
export { bandOf, type Band, bands, rank, type Ranked } from './rank.ts';
export { actOf } from './lexicon.ts';
export { type Choice, type LabelledValue, type Part, plainText } from './reply.ts';
export { resume } from './resume.ts';
export {
  type DialogueState,
  type Effect,
  type Environment,
  newState,
  type Outcome,
  readState,
  type TurnInput,
  type TurnResult,
} from './state.ts';
