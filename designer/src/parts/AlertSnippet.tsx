import { Button, Card, Code, CopyButton, Group, Text, Title } from '@mantine/core';

/** What to paste into Alertmanager's configuration, with this very address in it. */
export function AlertSnippet() {
  const snippet = `receivers:
- name: homelab
  webhook_configs:
  - url: ${window.location.origin}/api/alerts/alertmanager
    http_config:
      authorization: {type: ApiKey, credentials: "a key with the scope alerts"}`;
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Connect Alertmanager
        </Title>
        <CopyButton value={snippet}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Text size="sm" mb="xs">
        Paste this into alertmanager.yml and route to it. Grafana (/api/alerts/grafana), Uptime Kuma (/api/alerts/uptime-kuma), any JSON (/api/alerts/json/NAME) and plain words (/api/alerts/text) work the same way.
      </Text>
      <Code block tabIndex={0} aria-label="Alertmanager configuration">
        {snippet}
      </Code>
    </Card>
  );
}
