import {
  Brand,
  Button,
  type ContractCatalogue,
  type ContractOperation,
  DescriptionList,
  KioskFrame,
  Progress,
  readBack,
  SchemaForm,
  useOperations,
} from '@plinth/channels-ui';
import type { ReactNode } from 'react';
import { Result } from './result.tsx';
import type { Step } from './steps.ts';
import { useTask } from './use-task.ts';

export interface TaskScreenProps {
  task: ContractOperation;
  audience: 'device' | 'customer';
  aside: ReactNode;
  onEnd: () => void;
}

/** One operation, one question per screen, read back before it changes anything. */
export function TaskScreen(props: TaskScreenProps) {
  const catalogue = useOperations().data;
  return catalogue ? <Task {...props} catalogue={catalogue} /> : null;
}

function Task({ task, audience, aside, onEnd, catalogue }: TaskScreenProps & { catalogue: ContractCatalogue }) {
  const now = useTask({ task, catalogue, audience, onEnd });
  const { outcome, step, place, total } = now;
  return (
    <KioskFrame
      brand={<Brand name="Northfold" />}
      aside={aside}
      progress={!outcome && total > 1 && <Steps title={task.title} place={place} total={total} />}
    >
      {outcome ? (
        <Result task={task} catalogue={catalogue} outcome={outcome} onEnd={onEnd} onBack={now.back} />
      ) : step ? (
        <Question
          key={step.pointer}
          step={step}
          title={task.title}
          isOnly={total === 1}
          catalogue={catalogue}
          choices={now.choices}
          values={now.values}
          onAnswer={now.answer}
          onBack={now.back}
        />
      ) : now.isRead ? (
        <p className="text-muted">Looking it up</p>
      ) : (
        <ReadBack task={task} catalogue={catalogue} now={now} />
      )}
    </KioskFrame>
  );
}

function Steps({ title, place, total }: { title: string; place: number; total: number }) {
  return (
    <div className="mt-24">
      <p className="mb-8 flex justify-between text-muted">
        <span>{title}</span>
        <span className="tabular">
          step {place} of {total}
        </span>
      </p>
      <Progress max={total} value={place} label="Progress" />
    </div>
  );
}

interface ReadBackProps {
  task: ContractOperation;
  catalogue: ContractCatalogue;
  now: ReturnType<typeof useTask>;
}

/** Nothing changes before this screen was read. */
function ReadBack({ task, catalogue, now }: ReadBackProps) {
  const { schema, values, choices, isBusy, back, confirm } = now;
  return (
    <>
      <h1 className="text-48 font-semibold tracking-tight">{task.title}?</h1>
      {task.description !== '' && <p className="measure text-muted">{task.description}</p>}
      <DescriptionList figures entries={readBack({ schema, values, document: catalogue.document, choices })} />
      <div className="grid gap-16 sm:grid-cols-2">
        <Button onClick={back}>Back</Button>
        <Button variant="primary" busy={isBusy} onClick={confirm}>
          {task.title}
        </Button>
      </div>
    </>
  );
}

interface QuestionProps {
  step: Step;
  title: string;
  /** The only question of its task: the title stands above it, else above the progress. */
  isOnly: boolean;
  catalogue: ContractCatalogue;
  choices: ReturnType<typeof useTask>['choices'];
  values: Readonly<Record<string, unknown>>;
  onAnswer: (answers: Record<string, unknown>) => void;
  onBack: () => void;
}

function Question({ step, title, isOnly, catalogue, choices, values, onAnswer, onBack }: QuestionProps) {
  const mine = choices[step.pointer];
  const backButton = <Button onClick={onBack}>Back</Button>;
  if (mine && mine.length <= 8)
    return (
      <>
        <h1 className="text-36 font-semibold tracking-tight">{labelOfStep(step)}</h1>
        <ul className="grid gap-16">
          {mine.map((choice) => (
            <li key={choice.value} className="grid">
              <Button
                className="justify-start text-start whitespace-normal"
                onClick={() => onAnswer(answerOf(step, choice.value))}
              >
                {choice.label}
              </Button>
            </li>
          ))}
        </ul>
        <div>{backButton}</div>
      </>
    );
  return (
    <>
      <h1 className={isOnly ? 'text-48 font-semibold tracking-tight' : 'sr-only'}>{title}</h1>
      <div className="[&_input]:max-w-none [&_label]:text-36 [&_label]:tracking-tight [&_textarea]:min-h-[18rem]">
        <SchemaForm
          schema={step.schema}
          document={catalogue.document}
          initial={values}
          choices={choices}
          bodyPointer="/body"
          submitLabel="Continue"
          secondary={backButton}
          onSubmit={async (answers) => onAnswer(answers as Record<string, unknown>)}
        />
      </div>
    </>
  );
}

function labelOfStep({ member, name }: Step): string {
  return typeof member['title'] === 'string' ? member['title'] : name;
}

function answerOf({ pointer, name }: Step, value: string): Record<string, unknown> {
  return pointer.startsWith('/body/') ? { body: { [name]: value } } : { [name]: value };
}
