import { reading, useAct, useModule } from '@plinth/channels-ui';
import { type Action, createPersonalization, type PolicyState } from '@plinth/client/personalization';
import { useQuery, useQueryClient } from '@tanstack/react-query';

/** Offers and rules: what is live, the open draft, and the ways to change them. */
export function usePolicy() {
  const { getPolicy, savePolicyDraft, publishPolicy } = useModule(createPersonalization);
  const queries = useQueryClient();
  const policy = useQuery(reading(getPolicy, {}));
  const save = useAct(savePolicyDraft);
  const publish = useAct(publishPolicy);
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['personalization'] });
  return { policy, save, publish, refresh };
}

/** What a draft would be made of: the open one, else what is live. */
export function actionsOf(policy: PolicyState): readonly Action[] {
  return policy.draft?.actions ?? policy.actions;
}

/** The draft with one action replaced, or added at its end. */
export function withAction(policy: PolicyState, action: Action): { base: number; actions: Action[] } {
  const actions = actionsOf(policy);
  const isKnown = actions.some((each) => each.action === action.action);
  return {
    base: policy.draft?.base ?? policy.revision,
    actions: isKnown ? actions.map((each) => (each.action === action.action ? action : each)) : [...actions, action],
  };
}
