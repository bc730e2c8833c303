import { Text } from '@mantine/core';
import { Snippet } from './Snippet';

/** What to paste into Alertmanager's configuration, with this very address in it. */
export function AlertSnippet() {
  const snippet = `receivers:
- name: homelab
  webhook_configs:
  - url: ${window.location.origin}/api/alerts/alertmanager
    http_config:
      authorization: {type: ApiKey, credentials: "a key with the scope alerts"}`;
  return (
    <Snippet title="Connect Alertmanager" label="Alertmanager configuration" text={snippet}>
      <Text size="sm" mb="xs">
        Paste this into alertmanager.yml and route to it. Grafana (/api/alerts/grafana), Uptime Kuma (/api/alerts/uptime-kuma), any JSON (/api/alerts/json/NAME) and plain words (/api/alerts/text) work the same way.
      </Text>
    </Snippet>
  );
}
