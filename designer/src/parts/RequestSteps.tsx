import { Alert, Button, Card, Group, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/client';
import type { PlanRequest } from '../api/types';
import { editsOf, moved, toEdits, type StepDraft } from './stepDrafts';
import { ProblemAlert } from './ProblemAlert';
import { useSend } from './useSend';

/** The steps of a plan as a form. What was begun is shown and stays. */
export function RequestSteps({ request, onDone }: { request: PlanRequest; onDone: () => void }) {
  // The version the person saw: another one meanwhile is told, not overwritten.
  const [version] = useState(request.version);
  const [steps, setSteps] = useState<StepDraft[]>(() => editsOf(request.steps));
  const [bad, setBad] = useState<string>();
  const save = useSend((body: object) => api.put(`/api/requests/${request.id}/steps`, body), { done: 'The plan was changed.', refresh: ['requests'], onDone, quiet: true });
  const set = (index: number, change: Partial<StepDraft>) => setSteps((old) => old.map((step, at) => (at === index ? { ...step, ...change } : step)));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const read = toEdits(steps);
        setBad(read.problem);
        if (!read.problem) save.mutate({ version, steps: read.edits });
      }}
    >
      <Stack>
        <ProblemAlert error={save.error} />
        {bad && (
          <Alert color="red" role="alert">
            {bad}
          </Alert>
        )}
        {steps.map((step, index) =>
          step.fixed ? (
            <Card key={step.key} withBorder padding="md">
              <Text>
                {index + 1}. {step.title}
              </Text>
              <Text size="sm" c="dimmed">
                It was begun, and stays.
              </Text>
            </Card>
          ) : (
            <Card key={step.key} withBorder padding="md" component="fieldset">
              <Stack gap="sm">
                <TextInput label={`Step ${index + 1}`} value={step.title} onChange={(event) => set(index, { title: event.currentTarget.value })} maxLength={200} required />
                <Group grow align="flex-start">
                  <TextInput label="Activity" description="Empty: a person does it." value={step.activity} onChange={(event) => set(index, { activity: event.currentTarget.value })} />
                  <TextInput
                    type="datetime-local"
                    label="Not before"
                    description="What stands behind it waits with it."
                    max="9999-12-31T23:59"
                    value={step.notBefore}
                    onChange={(event) => set(index, { notBefore: event.currentTarget.value, half: !event.currentTarget.validity.valid })}
                    onBlur={(event) => set(index, { half: !event.currentTarget.validity.valid })}
                  />
                </Group>
                {step.activity.trim() !== '' && (
                  <>
                    <Textarea label="Input (JSON)" value={step.input} onChange={(event) => set(index, { input: event.currentTarget.value })} autosize minRows={2} maxRows={14} spellCheck={false} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} />
                    <Group grow align="flex-start">
                      <TextInput label="Must be true of its output" placeholder="containers >= 2" value={step.expect} onChange={(event) => set(index, { expect: event.currentTarget.value })} />
                      <NumberInput label="Within seconds" min={0} max={3600} value={step.withinSeconds} onChange={(value) => set(index, { withinSeconds: value })} />
                    </Group>
                  </>
                )}
                <Group gap="xs">
                  <Button size="xs" variant="default" disabled={index === 0 || steps[index - 1]!.fixed} onClick={() => setSteps((old) => moved(old, index, -1))} aria-label={`Move step ${index + 1} up`}>
                    Up
                  </Button>
                  <Button size="xs" variant="default" disabled={index === steps.length - 1 || steps[index + 1]!.fixed} onClick={() => setSteps((old) => moved(old, index, 1))} aria-label={`Move step ${index + 1} down`}>
                    Down
                  </Button>
                  <Button size="xs" variant="subtle" color="red" onClick={() => setSteps((old) => old.filter((_, at) => at !== index))} aria-label={`Remove step ${index + 1}`}>
                    Remove
                  </Button>
                </Group>
              </Stack>
            </Card>
          ),
        )}
        <Group>
          <Button variant="default" disabled={steps.length >= 50} onClick={() => setSteps((old) => [...old, ...editsOf([{}])])}>
            Add a step
          </Button>
        </Group>
        <Group>
          <Button type="submit" loading={save.isPending}>
            Save the plan
          </Button>
          <Button variant="default" onClick={onDone}>
            Leave it as it was
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
