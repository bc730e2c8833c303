import { Progress, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';

/** How far a long step is, as the server tells it. */
export interface StepProgressInfo {
  runId: string;
  stepId: string;
  percent?: number | null;
  message: string;
}

/** The long steps of one run while they go on: first what the run's page knew, then what the stream of events says. */
export function StepProgress({ runId, known, over }: { runId: string; known: StepProgressInfo[]; over: boolean }) {
  const [told, setTold] = useState<Record<string, StepProgressInfo>>({});
  useEffect(() => {
    if (over) return;
    const source = new EventSource('/api/events');
    source.addEventListener('step-progress', (event) => {
      const progress = JSON.parse((event as MessageEvent<string>).data) as StepProgressInfo;
      if (progress.runId === runId) setTold((old) => ({ ...old, [progress.stepId]: progress }));
    });
    return () => source.close();
  }, [runId, over]);
  // Asked for again, the run knows the steps that go on: the others are over.
  useEffect(() => {
    setTold((old) => Object.fromEntries(Object.entries(old).filter(([step]) => known.some((one) => one.stepId === step))));
  }, [known]);
  const steps = known.map((step) => told[step.stepId] ?? step).concat(Object.values(told).filter((step) => !known.some((one) => one.stepId === step.stepId)));
  if (over || steps.length === 0) return null;
  return (
    <Stack gap="xs" mb="md" role="status" aria-label="Progress">
      {steps.map((step) => (
        <div key={step.stepId}>
          <Text size="sm">{step.message}</Text>
          <Progress value={step.percent ?? 100} animated={step.percent == null} striped={step.percent == null} aria-label={step.message} />
        </div>
      ))}
    </Stack>
  );
}
