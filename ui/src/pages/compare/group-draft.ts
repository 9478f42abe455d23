// A group while it is written.
import { EMPTY_QUESTION, type Question } from '../../trace/question.ts';
import { GROUP_MAX, type Outcome, type TraceGroup } from '../../trace/trace-group.ts';

export interface GroupDraft {
  /** Ids, parted by commas or spaces; where there are any the search does not count. */
  ids: string;
  question: Question;
  /** As it is typed: conditions with "and" between them. */
  tags: string;
  outcome: Outcome;
}

export function draftOf(group: TraceGroup | null): GroupDraft {
  const question = { ...EMPTY_QUESTION, limit: GROUP_MAX };
  if (group?.kind === 'search')
    return {
      ids: '',
      question: group.question,
      tags: group.question.tags.join(AND),
      outcome: group.outcome,
    };
  return { ids: group?.ids.join(', ') ?? '', question, tags: '', outcome: 'all' };
}

export function groupOf({ ids, question, tags, outcome }: GroupDraft): TraceGroup {
  const listed = ids.split(/[\s,]+/).filter(Boolean);
  if (listed.length > 0) return { kind: 'ids', ids: listed };
  const all = tags.split(/\s+and\s+/).map((tag) => tag.trim());
  return {
    kind: 'search',
    question: { ...question, tags: [...new Set(all.filter(Boolean))] },
    outcome,
  };
}

const AND = ' and ';
