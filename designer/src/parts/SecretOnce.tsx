import { Alert, Button, CopyButton, Group, Modal, Text } from '@mantine/core';

/** Shows a password or key that cannot be shown again. */
export function SecretOnce({ title, secret, onClose }: { title: string; secret: string | undefined; onClose: () => void }) {
  return (
    <Modal opened={secret !== undefined} onClose={onClose} title={title} centered closeOnClickOutside={false} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Alert color="yellow" variant="light" mb="md">
        <Text size="sm">It is shown only now. Copy it to where it is needed; nobody can read it again later.</Text>
      </Alert>
      <Text className="mono" fz="lg" aria-label="The secret">
        {secret}
      </Text>
      <Group justify="flex-end" mt="lg">
        <CopyButton value={secret ?? ''}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </Modal>
  );
}
