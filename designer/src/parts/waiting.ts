/** A run says "KIND at STEP"; the kinds that people meet, in words. */
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

export const isApproval = (wait: string): boolean => wait.startsWith('Homelab.Approval at ');

export function waitWords(wait: string): string {
  const at = wait.lastIndexOf(' at ');
  return at < 0 ? wait : `Step ${wait.slice(at + 4)} waits for ${kinds[wait.slice(0, at)] ?? wait.slice(0, at)}.`;
}
