import { Button, Checkbox, Collapse, Fieldset, Group, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { api } from '../api/client';
import type { Approval, Plan } from '../api/types';
import { ProblemAlert } from '../parts/ProblemAlert';
import { useSend } from '../parts/useSend';

const masked = '***';

/** Yes, no, yes with other parameters, yes but later. */
export function AnswerForm({ approval, plan }: { approval: Approval; plan: Plan | null }) {
  const [note, setNote] = useState('');
  const [more, setMore] = useState(false);
  const [later, setLater] = useState('');
  const step = plan?.steps.length === 1 ? plan.steps[0] : undefined;
  const [edits, setEdits] = useState<Record<string, string | boolean | number>>({});
  const [bad, setBad] = useState<string>();
  const [noMoment, setNoMoment] = useState(false);
  const moment = useRef<HTMLInputElement>(null);
  const answer = useSend((body: { approve: boolean; note: string | null; changes?: object | null; notBefore?: string | null }) => api.post(`/api/approvals/${approval.id}/answer`, body), {
    done: (body) => (!body.approve ? 'Denied: it is not done.' : body.notBefore ? 'Approved for later.' : 'Approved: it goes on now.'),
    refresh: ['approvals', 'approval', 'overview', 'runs', 'run', 'changes'],
    quiet: true,
  });
  const approve = () => {
    setBad(undefined);
    // Half a date is empty to a page, and would be a yes for now.
    const unread = more && moment.current?.validity.valid === false;
    setNoMoment(unread);
    if (unread) return;
    try {
      const changes = more && step ? changed(step.parameters, edits) : undefined;
      answer.mutate({ approve: true, note: note || null, changes: changes && Object.keys(changes).length > 0 ? changes : null, notBefore: more && later ? new Date(later).toISOString() : null });
    } catch (error) {
      setBad((error as Error).message);
    }
  };
  return (
    <Stack maw={560}>
      <ProblemAlert error={answer.error} />
      <Textarea label="Why (for the audit)" value={note} onChange={(event) => setNote(event.currentTarget.value)} autosize minRows={1} maxLength={2000} />
      <Group grow>
        <Button variant="default" size="md" onClick={() => answer.mutate({ approve: false, note: note || null })} loading={answer.isPending}>
          Deny
        </Button>
        <Button size="md" onClick={approve} loading={answer.isPending}>
          {more && (later || Object.keys(edits).length > 0) ? 'Approve as below' : 'Approve'}
        </Button>
      </Group>
      <Checkbox label="Approve with changes, or for later" checked={more} onChange={(event) => setMore(event.currentTarget.checked)} />
      <Collapse expanded={more}>
        <Stack>
          <TextInput
            ref={moment}
            type="datetime-local"
            label="Not before"
            description="At most seven days ahead."
            max="9999-12-31T23:59"
            value={later}
            onChange={(event) => setLater(event.currentTarget.value)}
            error={noMoment && 'This is no whole date and time. Complete it, or empty it to approve for now.'}
          />
          {step && Object.keys(step.parameters).length > 0 && (
            <Fieldset legend="Parameters">
              <Stack gap="sm">
                <Text size="sm" c="dimmed">
                  What you change is decided again before it is done. Secrets cannot be changed here.
                </Text>
                {Object.entries(step.parameters).map(([name, value]) => (
                  <Parameter key={name} name={name} value={value} edited={edits[name]} onChange={(next) => setEdits((old) => ({ ...old, [name]: next }))} />
                ))}
                {bad && (
                  <Text size="sm" c="red" role="alert">
                    {bad}
                  </Text>
                )}
              </Stack>
            </Fieldset>
          )}
        </Stack>
      </Collapse>
    </Stack>
  );
}

function Parameter({ name, value, edited, onChange }: { name: string; value: unknown; edited?: string | boolean | number; onChange: (value: string | boolean | number) => void }) {
  if (value === masked) return <TextInput label={name} value={masked} disabled />;
  if (typeof value === 'boolean') return <Checkbox label={name} checked={(edited as boolean | undefined) ?? value} onChange={(event) => onChange(event.currentTarget.checked)} />;
  if (typeof value === 'number') return <NumberInput label={name} value={(edited as number | undefined) ?? value} onChange={onChange} />;
  return (
    <Textarea
      label={name}
      description={typeof value === 'string' ? undefined : 'As JSON'}
      autosize
      minRows={1}
      maxRows={8}
      value={(edited as string | undefined) ?? (typeof value === 'string' ? value : JSON.stringify(value, null, 2))}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** The fields that differ, each with its own type again. */
export function changed(parameters: Record<string, unknown>, edits: Record<string, string | boolean | number>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, edit] of Object.entries(edits)) {
    const before = parameters[name];
    let after: unknown = edit;
    if (typeof before === 'number' && typeof edit === 'string') throw new Error(`${name}: a number is needed.`);
    if (typeof edit === 'string' && typeof before !== 'string') {
      try {
        after = JSON.parse(edit);
      } catch {
        throw new Error(`${name}: this is no JSON. Texts need quotation marks here.`);
      }
    }
    if (JSON.stringify(after) !== JSON.stringify(before)) result[name] = after;
  }
  return result;
}
