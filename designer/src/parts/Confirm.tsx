import { Button, Group, Modal, Text, type ButtonProps } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface Props extends ButtonProps {
  /** What the button says, and the dialog's confirming button too. */
  label: string;
  question: string;
  children?: ReactNode;
  onConfirm: () => void;
}

/** A button that asks before it does what cannot be taken back. */
export function Confirm({ label, question, children, onConfirm, ...button }: Props) {
  const [opened, dialog] = useDisclosure();
  return (
    <>
      <Button {...button} onClick={dialog.open}>
        {label}
      </Button>
      <Modal opened={opened} onClose={dialog.close} title={question} centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <Text size="sm" component="div">
          {children}
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={dialog.close} data-autofocus>
            Not now
          </Button>
          <Button
            color={button.color ?? 'red'}
            onClick={() => {
              dialog.close();
              onConfirm();
            }}
          >
            {label}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
