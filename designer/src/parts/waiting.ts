export interface RunWait {
  kind: string;
  activityId: string;
  event?: string | null;
}

/** The kinds of bookmarks that people meet, in words. */
const kinds: Record<string, string> = {
  'Homelab.Approval': "a person's answer",
  'Elsa.Delay': 'its time',
  'Elsa.Timer': 'its time',
  'Elsa.Cron': 'its time',
  'Elsa.StartAt': 'its time',
  'Elsa.Event': 'an event',
  'Elsa.RunTask': 'a task to be done elsewhere',
  'Elsa.HttpEndpoint': 'a request',
  'Elsa.ExecuteWorkflow': 'another workflow',
};

export const isApproval = (wait: RunWait): boolean => wait.kind === 'Homelab.Approval';

export const waitWords = (wait: RunWait): string => `Step ${wait.activityId} waits for ${wait.event ? `the event "${wait.event}"` : (kinds[wait.kind] ?? wait.kind)}.`;
