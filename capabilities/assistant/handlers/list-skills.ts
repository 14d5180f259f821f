import type { SkillModel } from '@plinth/conversation';
import { type ReadHandler, reply } from '@plinth/runtime';

export function listSkills(skills: () => SkillModel): ReadHandler<'assistant.listSkills'> {
  return () => {
    const items = skills().skills.map(({ operation, title, mode, phrases }) => ({
      operation,
      title,
      mode,
      phrases: phrases.length,
    }));
    return Promise.resolve(reply(200, { items, next: null }));
  };
}
